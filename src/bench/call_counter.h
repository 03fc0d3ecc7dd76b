// CallCounter: how many system calls a process and all that it starts have made, counted by the
// kernel: perf_event_open(2) on the tracepoint raw_syscalls:sys_enter. It slows every call a little,
// so nothing is timed while it lives.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eagain::bench {

class CallCounter {
 public:
  // Counts from now on, for every process and thread of the tree below `root`. Throws
  // driver::HarnessError where why_not() has an answer.
  explicit CallCounter(pid_t root);
  ~CallCounter();
  CallCounter(const CallCounter&) = delete;
  CallCounter& operator=(const CallCounter&) = delete;

  uint64_t count() const;

  // Why calls cannot be counted on this machine, in one line; nothing if they can.
  static std::optional<std::string> why_not();

 private:
  std::vector<int> events_;
};

}  // namespace eagain::bench
