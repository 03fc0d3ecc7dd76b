#include <fmt/format.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>
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

const Blocking* FindBlocking(long number) {
  const auto found = std::find_if(std::begin(kBlocking), std::end(kBlocking),
                                  [&](const Blocking& known) { return known.number == number; });
  return found == std::end(kBlocking) ? nullptr : found;
}

std::optional<ThreadCall> ReadCall(const std::string& directory) {
  const auto text = ReadProcFile(directory + "/syscall");
  if (!text || text->empty()) {
    return std::nullopt;
  }
  ThreadCall call;
  if (text->starts_with("running")) {
    call.running = true;
    return call;
  }
  std::istringstream words(*text);
  words >> call.number >> std::hex;
  for (uint64_t& argument : call.arguments) {
    std::string word;
    words >> word;
    argument = word.starts_with("0x") ? std::stoull(word, nullptr, 16) : 0;
  }
  if (call.number < 0 && call.arguments == std::array<uint64_t, 2>{}) {
    return std::nullopt;  // it has no stack any more: it has ended
  }
  if (const Blocking* known = FindBlocking(call.number)) {
    call.name = known->name;
    call.on_descriptor = known->first == First::kDescriptor;
  }
  return call;
}

std::string InWords(const ThreadCall& call) {
  if (call.running) {
    return "running";
  }
  if (call.number < 0) {
    return "a page fault or a signal";
  }
  if (call.name.empty()) {
    return fmt::format("system call {}", call.number);
  }
  return call.on_descriptor ? fmt::format("{}({})", call.name, static_cast<int>(call.arguments[0]))
                            : std::string(call.name);
}

bool SleepsBlindly(const ThreadCall& call) {
  switch (call.number) {
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
      return true;
    case SYS_ppoll:
#ifdef SYS_poll
    case SYS_poll:
#endif
      return call.arguments[1] == 0;
    case SYS_pselect6:
#ifdef SYS_select
    case SYS_select:
#endif
      return call.arguments[0] == 0;
    default:
      return false;
  }
}

}  // namespace

std::vector<ThreadCall> CallsOf(pid_t root) {
  std::vector<ThreadCall> calls;
  for (const pid_t pid : ProcessTree(root)) {
    const std::string task = "/proc/" + std::to_string(pid) + "/task";
    for (const int tid : NumbersIn(task)) {
      if (auto call = ReadCall(task + "/" + std::to_string(tid))) {
        call->pid = pid;
        call->tid = tid;
        calls.push_back(*call);
      }
    }
  }
  return calls;
}

std::vector<std::string> BlockedIn(pid_t root) {
  std::vector<std::string> order;
  std::map<std::string, int> count;
  for (const ThreadCall& call : CallsOf(root)) {
    const std::string words = InWords(call);
    if (count[words]++ == 0) {
      order.push_back(words);
    }
  }
  for (std::string& words : order) {
    if (const int threads = count[words]; threads > 1) {
      words += fmt::format(" ({} threads)", threads);
    }
  }
  return order;
}

ThreadWaits WaitsOf(pid_t root) {
  ThreadWaits waits;
  for (const ThreadCall& call : CallsOf(root)) {
    if (call.running) {
      waits.running = true;
    } else if (SleepsBlindly(call)) {
      waits.sleepers.push_back(call.tid);
    }
  }
  return waits;
}

}  // namespace eagain::driver
