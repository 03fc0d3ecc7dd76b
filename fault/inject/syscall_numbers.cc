#include "eagain/fault/inject/syscall_numbers.h"

#include <seccomp.h>

#include <algorithm>
#include <string>
#include <unordered_map>

namespace eagain::fault {
namespace {

using Use = Syscall::Use;

constexpr Syscall kSyscalls[] = {
    {"read", Use::kCall, Call::kRead},
    {"readv", Use::kCall, Call::kReadv},
    {"recvfrom", Use::kCall, Call::kRecvfrom},
    {"recvmsg", Use::kCall, Call::kRecvmsg},
    {"write", Use::kCall, Call::kWrite},
    {"writev", Use::kCall, Call::kWritev},
    {"sendto", Use::kCall, Call::kSendto},
    {"sendmsg", Use::kCall, Call::kSendmsg},
    {"select", Use::kCall, Call::kSelect},
    {"pselect6", Use::kCall, Call::kPselect6},
    {"poll", Use::kCall, Call::kPoll},
    {"ppoll", Use::kCall, Call::kPpoll},
    {"epoll_wait", Use::kCall, Call::kEpollWait},
    {"epoll_pwait", Use::kCall, Call::kEpollPwait},
    {"epoll_pwait2", Use::kCall, Call::kEpollPwait2},
    {"accept", Use::kCall, Call::kAccept},
    {"accept4", Use::kCall, Call::kAccept4},
    {"close", Use::kCall, Call::kClose},
    {"shutdown", Use::kCall, Call::kShutdown},
    {"socket", Use::kCall, Call::kSocket},
    {"bind", Use::kCall, Call::kBind},
    {"listen", Use::kCall, Call::kListen},
    {"epoll_create", Use::kCall, Call::kEpollCreate1},
    {"epoll_create1", Use::kCall, Call::kEpollCreate1},
    {"epoll_ctl", Use::kCall, Call::kEpollCtl},
    {"eventfd", Use::kCall, Call::kEventfd},
    {"eventfd2", Use::kCall, Call::kEventfd},
    {"nanosleep", Use::kCall, Call::kNanosleep},
    {"clock_nanosleep", Use::kCall, Call::kNanosleep},
    {"io_uring_enter", Use::kCall, Call::kIoUringEnter},
    {"rt_sigaction", Use::kSigaction},
    {"io_uring_setup", Use::kRingSetup},
    {"sendfile", Use::kOutOfReach},
    {"splice", Use::kOutOfReach},
    {"sendmmsg", Use::kOutOfReach},
    {"recvmmsg", Use::kOutOfReach},
    {"preadv2", Use::kOutOfReach},
    {"pwritev2", Use::kOutOfReach},
};

const std::unordered_map<int64_t, const Syscall*>& ByNumber() {
  static const auto* const map = [] {
    auto* all = new std::unordered_map<int64_t, const Syscall*>();
    for (const Syscall& one : kSyscalls) {
      if (const int64_t number = NumberOf(one.name); number >= 0) {
        all->emplace(number, &one);
      }
    }
    return all;
  }();
  return *map;
}

}  // namespace

int64_t NumberOf(std::string_view name) {
  const int number = ::seccomp_syscall_resolve_name(std::string(name).c_str());
  return number >= 0 ? number : -1;
}

const Syscall* SyscallNumbered(int64_t number) {
  const auto found = ByNumber().find(number);
  return found == ByNumber().end() ? nullptr : found->second;
}

std::vector<std::pair<int64_t, const Syscall*>> AllSyscalls() {
  std::vector<std::pair<int64_t, const Syscall*>> all(ByNumber().begin(), ByNumber().end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace eagain::fault
