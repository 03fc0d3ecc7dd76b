#include <fmt/format.h>
#include <sys/syscall.h>

#include <array>
#include <map>
#include <sstream>
#include <string_view>

#include "eagain/driver/proc_files.h"
#include "eagain/driver/proc_stats.h"

namespace eagain::driver {
namespace {

enum class First { kDescriptor, kOther };

struct Blocking {
  long number;
  std::string_view name;
  First first;  // what the first argument is
};

// The calls in which a server may be found waiting. The older ones do not exist on every machine.
constexpr Blocking kBlocking[] = {
    {SYS_read, "read", First::kDescriptor},
    {SYS_write, "write", First::kDescriptor},
    {SYS_readv, "readv", First::kDescriptor},
    {SYS_writev, "writev", First::kDescriptor},
    {SYS_recvfrom, "recv", First::kDescriptor},
    {SYS_recvmsg, "recvmsg", First::kDescriptor},
    {SYS_recvmmsg, "recvmmsg", First::kDescriptor},
    {SYS_sendto, "send", First::kDescriptor},
    {SYS_sendmsg, "sendmsg", First::kDescriptor},
    {SYS_sendfile, "sendfile", First::kDescriptor},
    {SYS_splice, "splice", First::kDescriptor},
    {SYS_accept, "accept", First::kDescriptor},
    {SYS_accept4, "accept", First::kDescriptor},
    {SYS_connect, "connect", First::kDescriptor},
    {SYS_close, "close", First::kDescriptor},
    {SYS_fsync, "fsync", First::kDescriptor},
    {SYS_flock, "flock", First::kDescriptor},
    {SYS_fcntl, "fcntl", First::kDescriptor},
    {SYS_epoll_pwait, "epoll_wait", First::kDescriptor},
    {SYS_epoll_pwait2, "epoll_wait", First::kDescriptor},
    {SYS_io_uring_enter, "io_uring_enter", First::kDescriptor},
    {SYS_pselect6, "select", First::kOther},
    {SYS_ppoll, "poll", First::kOther},
    {SYS_futex, "futex", First::kOther},
    {SYS_nanosleep, "nanosleep", First::kOther},
    {SYS_clock_nanosleep, "nanosleep", First::kOther},
    {SYS_wait4, "wait", First::kOther},
    {SYS_waitid, "wait", First::kOther},
    {SYS_rt_sigtimedwait, "sigwait", First::kOther},
    {SYS_rt_sigsuspend, "sigsuspend", First::kOther},
    {SYS_restart_syscall, "a wait that was interrupted", First::kOther},
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, "epoll_wait", First::kDescriptor},
#endif
#ifdef SYS_select
    {SYS_select, "select", First::kOther},
#endif
#ifdef SYS_poll
    {SYS_poll, "poll", First::kOther},
#endif
#ifdef SYS_pause
    {SYS_pause, "pause", First::kOther},
#endif
};

// What one line of /proc/PID/task/TID/syscall says.
std::string InWords(const std::string& text) {
  if (text.starts_with("running")) {
    return "running";
  }
  std::istringstream words(text);
  long number = -1;
  std::string argument;
  if (!(words >> number >> argument)) {
    return {};
  }
  if (number < 0) {
    return "stopped outside a system call";
  }
  for (const Blocking& call : kBlocking) {
    if (call.number == number) {
      return call.first == First::kDescriptor
                 ? fmt::format("{}({})", call.name,
                               static_cast<int>(std::stoull(argument, nullptr, 16)))
                 : std::string(call.name);
    }
  }
  return fmt::format("system call {}", number);
}

}  // namespace

std::vector<std::string> BlockedIn(pid_t root) {
  std::vector<std::string> order;
  std::map<std::string, int> count;
  for (const pid_t pid : ProcessTree(root)) {
    const std::string task = "/proc/" + std::to_string(pid) + "/task";
    for (const int tid : NumbersIn(task)) {
      const auto text = ReadProcFile(task + "/" + std::to_string(tid) + "/syscall");
      const std::string words = text ? InWords(*text) : std::string();
      if (!words.empty() && count[words]++ == 0) {
        order.push_back(words);
      }
    }
  }
  for (std::string& words : order) {
    if (const int threads = count[words]; threads > 1) {
      words += fmt::format(" ({} threads)", threads);
    }
  }
  return order;
}

}  // namespace eagain::driver
