// The rows themselves. What is not here, no kernel does.
#include <cerrno>

#include "eagain/fault/plan/legality.h"

namespace eagain::fault {
namespace {

constexpr CallSet kRecv =
    Call::kRead | Call::kReadv | Call::kRecv | Call::kRecvfrom | Call::kRecvmsg;
constexpr CallSet kRecvSocket = Call::kRecv | Call::kRecvfrom | Call::kRecvmsg;
constexpr CallSet kReadFile = Call::kRead | Call::kReadv;
constexpr CallSet kSend =
    Call::kWrite | Call::kWritev | Call::kSend | Call::kSendto | Call::kSendmsg;
constexpr CallSet kSendSocket = Call::kSend | Call::kSendto | Call::kSendmsg;
constexpr CallSet kWriteFile = Call::kWrite | Call::kWritev;
constexpr CallSet kSelects = Call::kSelect | Call::kPselect6;
constexpr CallSet kPolls = Call::kPoll | Call::kPpoll;
constexpr CallSet kEpolls = Call::kEpollWait | Call::kEpollPwait | Call::kEpollPwait2;
constexpr CallSet kWait = kSelects | kPolls | kEpolls;
constexpr CallSet kAccept = Call::kAccept | Call::kAccept4;
constexpr CallSet kEveryCall = kRecv | kSend | kWait | kAccept | Call::kClose | Call::kShutdown |
                               Call::kSocket | Call::kBind | Call::kListen | Call::kEpollCreate1 |
                               Call::kEpollCtl | Call::kEventfd | Call::kNanosleep |
                               Call::kIoUringEnter;

using enum Effect;
using enum Condition;
constexpr Level kMust = Level::kMust;
constexpr Level kShould = Level::kShould;

// clang-format off
constexpr LegalityRow kTable[] = {
    {kEveryCall, kDelay, {}, kAlways, kMust, "sched(7)"},

    {kEpolls, kFails, {EINTR}, kAlways, kMust, "signal(7), stop signals"},
    {kSelects | kPolls, kFails, {EINTR}, kHandler, kMust, "signal(7), signal handlers"},
    {kWait, kOnly, {}, kReportedNext, kMust, "epoll_wait(2) NOTES, select(2), poll(2)"},
    {kEpolls, kReordered, {}, kAlways, kMust, "epoll_wait(2) NOTES"},
    {kSelects | kPolls, kFails, {ENOMEM}, kAlways, kMust, "select(2), poll(2)"},
    {kWait, kFails, {EINVAL}, kProgramsMistake, kMust, "select(2), poll(2), epoll_wait(2)"},
    {kPolls | kEpolls, kFails, {EFAULT}, kProgramsMistake, kMust, "poll(2), epoll_wait(2)"},
    {kSelects | kEpolls, kFails, {EBADF}, kProgramsMistake, kMust, "select(2), epoll_wait(2)"},

    {kRecv, kFails, {EAGAIN}, kNonBlockingRearmed, kMust, "recv(2), select(2) BUGS"},
    {kRecv, kShort, {}, kRearmed, kMust, "recv(2), epoll(7) Q9"},
    {kRecv, kFails, {EINTR}, kBlockingHandler, kMust, "signal(7), recv(2)"},
    {kRecv, kReset, {}, kDead, kMust, "RFC 9293 section 3.5.3"},
    {kRecv, kFails, {ECONNRESET, ETIMEDOUT}, kDead, kMust, "recv(3p), tcp(7)"},
    {kRecv, kFails, {EHOSTUNREACH}, kDead, kMust, "ip(7)"},
    {kRecv, kFails, {ENOBUFS, ENOMEM}, kRearmed, kMust, "recv(3p), recv(2)"},
    {kRecv, kFails, {EBADF, EFAULT, EINVAL, EOPNOTSUPP}, kProgramsMistake, kMust, "recv(2), readv(2)"},
    {kRecv, kFails, {ENOTCONN}, kProgramsMistake, kMust, "recv(2)"},
    {kRecvSocket, kFails, {ENOTSOCK}, kProgramsMistake, kMust, "recv(2)"},
    {kRecv, kFails, {ECONNREFUSED}, kNotOnTcp, kMust, "recv(2)"},
    {kReadFile, kFails, {EIO, EISDIR}, kNotOnTcp, kMust, "read(2)"},

    {kSend, kFails, {EAGAIN}, kNonBlockingRearmed, kMust, "send(2)"},
    {kSend, kShort, {}, kNonBlockingRearmed, kMust, "send(2), write(2)"},
    {kSend, kShort, {}, kBlocking, kShould, "signal(7), signal handlers"},
    {kSend, kFails, {EINTR}, kBlockingHandler, kMust, "signal(7), send(2)"},
    {kSend, kReset, {}, kDead, kMust, "RFC 9293 section 3.5.3"},
    {kSend, kFails, {EPIPE, ECONNRESET}, kDead, kMust, "send(2), write(2)"},
    {kSend, kFails, {ETIMEDOUT, EHOSTUNREACH}, kDead, kMust, "tcp(7), ip(7)"},
    {kSend, kFails, {ENETDOWN, ENETUNREACH}, kDead, kMust, "send(3p)"},
    {kSend, kFails, {ENOBUFS, ENOMEM}, kRearmed, kMust, "send(2)"},
    {kSend, kFails, {EBADF, EFAULT, EINVAL}, kProgramsMistake, kMust, "send(2), write(2)"},
    {kSend, kFails, {ENOTCONN, EOPNOTSUPP}, kProgramsMistake, kMust, "send(2), writev(2)"},
    {kSendSocket, kFails, {ENOTSOCK}, kProgramsMistake, kMust, "send(2)"},
    {kSendSocket, kFails, {EACCES, EALREADY, EISCONN, EMSGSIZE}, kNotOnTcp, kMust, "send(2)"},
    {kSend, kFails, {EDESTADDRREQ}, kNotOnTcp, kMust, "send(2), write(2)"},
    {kWriteFile, kFails, {EDQUOT, EFBIG, EIO, ENOSPC, EPERM}, kNotOnTcp, kMust, "write(2)"},

    {kAccept, kFails, {EMFILE, ENFILE, ENOBUFS, ENOMEM}, kAlways, kMust, "accept(2)"},
    {kAccept, kFails, {EAGAIN}, kNonBlockingRearmed, kMust, "accept(2)"},
    {kAccept, kFails, {EINTR}, kBlockingHandler, kMust, "signal(7), accept(2)"},
    {kAccept, kFails, {ECONNABORTED, EPROTO}, kConsumed, kMust, "accept(2)"},
    {kAccept, kFails, {ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH}, kConsumed, kMust, "accept(2), Error handling"},
    {kAccept, kFails, {EPERM, ETIMEDOUT}, kConsumed, kMust, "accept(2)"},
    {kAccept, kFails, {EBADF, EFAULT, EINVAL, ENOTSOCK}, kProgramsMistake, kMust, "accept(2)"},

    {Call::kClose, kFails, {EINTR, EIO}, kClosed, kMust, "close(2)"},
    {Call::kClose, kFails, {EBADF}, kProgramsMistake, kMust, "close(2)"},
    {Call::kClose, kFails, {ENOSPC, EDQUOT}, kNotOnTcp, kMust, "close(2)"},

    {Call::kShutdown, kReset, {}, kDead, kMust, "RFC 9293 section 3.5.3"},
    {Call::kShutdown, kFails, {ENOTCONN}, kDead, kMust, "shutdown(2)"},
    {Call::kShutdown, kFails, {EBADF, EINVAL, ENOTSOCK}, kProgramsMistake, kMust, "shutdown(2)"},

    {Call::kSocket, kFails, {EMFILE, ENFILE, ENOBUFS, ENOMEM}, kAlways, kMust, "socket(2)"},
    {Call::kSocket, kFails, {EACCES, EAFNOSUPPORT}, kAlways, kMust, "socket(2)"},
    {Call::kSocket, kFails, {EINVAL, EPROTONOSUPPORT}, kProgramsMistake, kMust, "socket(2)"},
    {Call::kBind, kFails, {EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOMEM}, kAlways, kMust, "bind(2)"},
    {Call::kBind, kFails, {EBADF, EFAULT, EINVAL, ENOTSOCK}, kProgramsMistake, kMust, "bind(2)"},
    {Call::kBind, kFails, {ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EROFS}, kNotOnTcp, kMust, "bind(2)"},
    {Call::kListen, kFails, {EADDRINUSE}, kAlways, kMust, "listen(2)"},
    {Call::kListen, kFails, {EBADF, ENOTSOCK, EOPNOTSUPP}, kProgramsMistake, kMust, "listen(2)"},

    {Call::kEpollCreate1, kFails, {EMFILE, ENFILE, ENOMEM}, kAlways, kMust, "epoll_create(2)"},
    {Call::kEpollCreate1, kFails, {EINVAL}, kProgramsMistake, kMust, "epoll_create(2)"},
    {Call::kEpollCtl, kFails, {ENOMEM, ENOSPC}, kRegisters, kMust, "epoll_ctl(2)"},
    {Call::kEpollCtl, kFails, {EBADF, EEXIST, EINVAL, ELOOP, ENOENT, EPERM}, kProgramsMistake, kMust, "epoll_ctl(2)"},
    {Call::kEventfd, kFails, {EMFILE, ENFILE, ENOMEM}, kAlways, kMust, "eventfd(2)"},
    {Call::kEventfd, kFails, {EINVAL, ENODEV}, kProgramsMistake, kMust, "eventfd(2)"},
    {Call::kNanosleep, kFails, {EINTR}, kHandler, kMust, "nanosleep(2)"},
    {Call::kNanosleep, kFails, {EFAULT, EINVAL}, kProgramsMistake, kMust, "nanosleep(2)"},
    {Call::kIoUringEnter, kFails, {EINTR}, kHandler, kMust, "io_uring_enter(2)"},
    {Call::kIoUringEnter, kFails, {EAGAIN}, kAlways, kMust, "io_uring_enter(2)"},
    {Call::kIoUringEnter, kFails, {EBADF, EBADFD, EBUSY, EFAULT, EINVAL, ENXIO, EOPNOTSUPP}, kProgramsMistake, kMust, "io_uring_enter(2)"},
};
// clang-format on

}  // namespace

std::span<const LegalityRow> LegalityTable() { return kTable; }

}  // namespace eagain::fault
