#include "eagain/bench/call_counter.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "eagain/driver/failure.h"
#include "eagain/driver/proc_stats.h"

namespace eagain::bench {
namespace {

std::optional<uint64_t> TracepointId() {
  for (const char* root : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"}) {
    uint64_t id = 0;
    if (std::ifstream(std::string(root) + "/events/raw_syscalls/sys_enter/id") >> id) {
      return id;
    }
  }
  return std::nullopt;
}

// The descriptor of the event, or -1 with errno.
int OpenEvent(uint64_t tracepoint, pid_t thread) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_TRACEPOINT;
  attributes.size = sizeof attributes;
  attributes.config = tracepoint;
  attributes.inherit = 1;  // by threads and children that are made from now on
  return static_cast<int>(
      ::syscall(SYS_perf_event_open, &attributes, thread, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

}  // namespace

std::optional<std::string> CallCounter::why_not() {
  const std::optional<uint64_t> tracepoint = TracepointId();
  if (!tracepoint) {
    return "the tracepoint raw_syscalls:sys_enter cannot be read: tracefs is not mounted, or this "
           "takes root";
  }
  const int event = OpenEvent(*tracepoint, 0);
  if (event < 0) {
    return std::string("perf_event_open: ") + std::strerror(errno) +
           " (it takes root, or kernel.perf_event_paranoid at -1)";
  }
  ::close(event);
  return std::nullopt;
}

CallCounter::CallCounter(pid_t root) {
  const std::optional<uint64_t> tracepoint = TracepointId();
  for (const driver::ProcessSample& process :
       driver::SampleTree(root, driver::Detail::kThreads).processes) {
    for (const driver::ThreadSample& thread : process.threads) {
      // One that ended meanwhile makes no calls.
      const int event = tracepoint ? OpenEvent(*tracepoint, thread.tid) : -1;
      if (event >= 0) {
        events_.push_back(event);
      }
    }
  }
  if (events_.empty()) {
    throw driver::HarnessError("system calls cannot be counted: " +
                               why_not().value_or("the server has ended"));
  }
}

CallCounter::~CallCounter() {
  for (const int event : events_) {
    ::close(event);
  }
}

uint64_t CallCounter::count() const {
  uint64_t sum = 0;
  for (const int event : events_) {
    uint64_t count = 0;
    if (::read(event, &count, sizeof count) == static_cast<ssize_t>(sizeof count)) {
      sum += count;
    }
  }
  return sum;
}

}  // namespace eagain::bench
