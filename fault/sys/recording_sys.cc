#include "eagain/fault/sys/recording_sys.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include "eagain/fault/plan/errno_name.h"
#include "eagain/fault/sys/trace_text.h"

namespace eagain::fault {
namespace {

template <typename T>
std::string ResultText(const SysResult<T>& result) {
  if (!result.ok()) {
    return ErrnoName(result.error());
  }
  if constexpr (std::is_void_v<T>) {
    return "0";
  } else {
    return std::to_string(*result);
  }
}

// The bytes that arrived, if any.
std::string Arrived(const SysResult<size_t>& result, const void* buf) {
  return result.ok() && *result > 0 ? BytesText(buf, *result) : "";
}

}  // namespace

template <typename T>
SysResult<T> RecordingSys::record(const std::string& call, SysResult<T> result,
                                  const std::string& more) {
  const std::lock_guard lock(mutex_);
  trace_ << call << " = " << ResultText(result) << (more.empty() ? "" : " ") << more << '\n';
  return result;
}

SysResult<int> RecordingSys::socket(int domain, int type, int protocol) {
  return record(fmt::format("socket({}, {}, {})", domain, SocketTypeText(type), protocol),
                below().socket(domain, type, protocol));
}

SysResult<void> RecordingSys::bind(int fd, const sockaddr* addr, socklen_t addrlen) {
  return record(fmt::format("bind({}, {})", fd, AddressText(addr, addrlen)),
                below().bind(fd, addr, addrlen));
}

SysResult<void> RecordingSys::listen(int fd, int backlog) {
  return record(fmt::format("listen({}, {})", fd, backlog), below().listen(fd, backlog));
}

SysResult<int> RecordingSys::accept4(int fd, sockaddr* addr, socklen_t* addrlen, int flags) {
  return record(fmt::format("accept4({}, {})", fd, DescriptorFlagsText(flags)),
                below().accept4(fd, addr, addrlen, flags));
}

SysResult<void> RecordingSys::connect(int fd, const sockaddr* addr, socklen_t addrlen) {
  return record(fmt::format("connect({}, {})", fd, AddressText(addr, addrlen)),
                below().connect(fd, addr, addrlen));
}

SysResult<void> RecordingSys::shutdown(int fd, int how) {
  const char* text = how == SHUT_RD ? "RD" : how == SHUT_WR ? "WR" : "RDWR";
  return record(fmt::format("shutdown({}, {})", fd, text), below().shutdown(fd, how));
}

SysResult<void> RecordingSys::getsockname(int fd, sockaddr* addr, socklen_t* addrlen) {
  // The port may be any free one: it is left out.
  return record(fmt::format("getsockname({})", fd), below().getsockname(fd, addr, addrlen));
}

SysResult<void> RecordingSys::getsockopt(int fd, int level, int optname, void* optval,
                                         socklen_t* optlen) {
  const SysResult<void> result = below().getsockopt(fd, level, optname, optval, optlen);
  const bool is_int = result.ok() && optlen != nullptr && *optlen == sizeof(int);
  return record(fmt::format("getsockopt({}, {})", fd, OptionText(level, optname)), result,
                is_int ? fmt::format("[{}]", *static_cast<const int*>(optval)) : "");
}

SysResult<void> RecordingSys::setsockopt(int fd, int level, int optname, const void* optval,
                                         socklen_t optlen) {
  const std::string value =
      optlen == sizeof(int) ? fmt::format(", {}", *static_cast<const int*>(optval)) : "";
  return record(fmt::format("setsockopt({}, {}{})", fd, OptionText(level, optname), value),
                below().setsockopt(fd, level, optname, optval, optlen));
}

SysResult<size_t> RecordingSys::recv(int fd, void* buf, size_t len, int flags) {
  const SysResult<size_t> result = below().recv(fd, buf, len, flags);
  return record(fmt::format("recv({}, {}, {})", fd, len, MessageFlagsText(flags)), result,
                Arrived(result, buf));
}

SysResult<size_t> RecordingSys::send(int fd, const void* buf, size_t len, int flags) {
  return record(
      fmt::format("send({}, {}, {}, {})", fd, BytesText(buf, len), len, MessageFlagsText(flags)),
      below().send(fd, buf, len, flags));
}

SysResult<size_t> RecordingSys::read(int fd, void* buf, size_t count) {
  const SysResult<size_t> result = below().read(fd, buf, count);
  return record(fmt::format("read({}, {})", fd, count), result, Arrived(result, buf));
}

SysResult<size_t> RecordingSys::write(int fd, const void* buf, size_t count) {
  return record(fmt::format("write({}, {}, {})", fd, BytesText(buf, count), count),
                below().write(fd, buf, count));
}

SysResult<void> RecordingSys::close(int fd) {
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(registered_,
                  [&](const auto& entry) { return entry.first.first == fd || entry.second == fd; });
  }
  return record(fmt::format("close({})", fd), below().close(fd));
}

SysResult<int> RecordingSys::fcntl(int fd, int cmd, int arg) {
  const std::string text = cmd == F_SETFL ? StatusFlagsText(arg) : std::to_string(arg);
  return record(fmt::format("fcntl({}, {}, {})", fd, FcntlText(cmd), text),
                below().fcntl(fd, cmd, arg));
}

SysResult<int> RecordingSys::eventfd(unsigned int initval, int flags) {
  return record(fmt::format("eventfd({}, {})", initval, DescriptorFlagsText(flags)),
                below().eventfd(initval, flags));
}

SysResult<int> RecordingSys::select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                                    timeval* timeout) {
  const std::string time =
      timeout == nullptr
          ? "for ever"
          : TimeText(timespec{.tv_sec = timeout->tv_sec, .tv_nsec = timeout->tv_usec * 1000});
  const std::string call =
      fmt::format("select({}, [{}], {})", nfds, SetsText(nfds, readfds, writefds, exceptfds), time);
  const SysResult<int> result = below().select(nfds, readfds, writefds, exceptfds, timeout);
  const bool ready = result.ok() && *result > 0;
  return record(call, result,
                ready ? "[" + SetsText(nfds, readfds, writefds, exceptfds) + "]" : "");
}

SysResult<int> RecordingSys::poll(pollfd* fds, nfds_t nfds, int timeout_ms) {
  const std::string call =
      fmt::format("poll([{}], {})", WaitedText(fds, nfds), TimeText(timeout_ms));
  const SysResult<int> result = below().poll(fds, nfds, timeout_ms);
  const bool ready = result.ok() && *result > 0;
  return record(call, result, ready ? "[" + ReadyText(fds, nfds) + "]" : "");
}

SysResult<int> RecordingSys::epoll_create1(int flags) {
  return record(fmt::format("epoll_create1({})", DescriptorFlagsText(flags)),
                below().epoll_create1(flags));
}

SysResult<void> RecordingSys::epoll_ctl(int epfd, int op, int fd, epoll_event* event) {
  const SysResult<void> result = below().epoll_ctl(epfd, op, fd, event);
  if (result.ok()) {
    const std::lock_guard lock(mutex_);
    std::erase_if(registered_, [&](const auto& entry) {
      return entry.first.first == epfd && entry.second == fd;
    });
    if (op != EPOLL_CTL_DEL && event != nullptr) {
      const uint64_t data = event->data.u64;
      registered_[{epfd, data}] = fd;
    }
  }
  const std::string events =
      op != EPOLL_CTL_DEL && event != nullptr ? ", " + EpollEventsText(event->events) : "";
  return record(fmt::format("epoll_ctl({}, {}, {}{})", epfd, EpollOpText(op), fd, events), result);
}

std::string RecordingSys::ready_text(int epfd, const epoll_event* events, int count) {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (int i = 0; i < count; ++i) {
    const uint64_t data = events[i].data.u64;
    const auto found = registered_.find({epfd, data});
    const std::string name = found == registered_.end() ? "?" : std::to_string(found->second);
    text +=
        fmt::format("{}{}:{}", text.empty() ? "[" : " ", name, EpollEventsText(events[i].events));
  }
  return text.empty() ? text : text + "]";
}

SysResult<int> RecordingSys::epoll_wait(int epfd, epoll_event* events, int maxevents,
                                        int timeout_ms) {
  const SysResult<int> result = below().epoll_wait(epfd, events, maxevents, timeout_ms);
  return record(fmt::format("epoll_wait({}, {}, {})", epfd, maxevents, TimeText(timeout_ms)),
                result, result.ok() ? ready_text(epfd, events, *result) : "");
}

SysResult<void> RecordingSys::clock_gettime(clockid_t clock, timespec* now) {
  return record(fmt::format("clock_gettime({})", ClockText(clock)),
                below().clock_gettime(clock, now));
}

SysResult<void> RecordingSys::nanosleep(const timespec* duration, timespec* remaining) {
  return record(fmt::format("nanosleep({})", TimeText(*duration)),
                below().nanosleep(duration, remaining));
}

SysResult<uint64_t> RecordingSys::spawn(size_t stack_bytes, std::function<void()> body) {
  const SysResult<uint64_t> thread = below().spawn(stack_bytes, std::move(body));
  // Which thread it is, an address would tell; it is not shown.
  const SysResult<void> outcome = thread.ok() ? Ok() : SysResult<void>(Fail(thread.error()));
  static_cast<void>(record(fmt::format("spawn({})", stack_bytes), outcome).ok());
  return thread;
}

SysResult<void> RecordingSys::join(uint64_t thread) {
  return record("join()", below().join(thread));
}

SysResult<pid_t> RecordingSys::fork(const std::function<void()>& prepare,
                                    const std::function<int()>& child) {
  return record("fork()", below().fork(prepare, child));
}

SysResult<pid_t> RecordingSys::waitpid(pid_t pid, int* status, int options) {
  return record(fmt::format("waitpid({}, {})", pid, options),
                below().waitpid(pid, status, options));
}

SysResult<void> RecordingSys::kill(pid_t pid, int signal) {
  return record(fmt::format("kill({}, {})", pid, signal), below().kill(pid, signal));
}

SysResult<void> RecordingSys::sigaction(int signal, const struct sigaction* action,
                                        struct sigaction* before) {
  return record(fmt::format("sigaction({})", signal), below().sigaction(signal, action, before));
}

SysResult<std::unique_ptr<Ring>> RecordingSys::io_uring_setup(unsigned entries) {
  SysResult<std::unique_ptr<Ring>> ring = below().io_uring_setup(entries);
  const SysResult<void> outcome = ring.ok() ? Ok() : SysResult<void>(Fail(ring.error()));
  static_cast<void>(record(fmt::format("io_uring_setup({})", entries), outcome).ok());
  return ring;
}

}  // namespace eagain::fault
