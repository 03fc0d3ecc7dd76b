// SimKernel's private parts that its several source files share.
#pragma once

#include <cerrno>
#include <type_traits>
#include <utility>

#include "eagain/fault/sim/sim_kernel.h"

namespace eagain::sim {

// After a call: the trace has it, and whoever looks on is told of a descriptor that is none.
template <typename T>
SysResult<T> SimKernel::leave(const char* name, int fd, SysResult<T> result) {
  if (trace_ != nullptr) [[unlikely]] {
    int64_t value = 0;
    if constexpr (!std::is_void_v<T>) {
      value = result.ok() ? static_cast<int64_t>(result.value()) : 0;
    }
    trace_call(name, fd, value, result.error());
  }
  if (result.error() == EBADF && observer_ != nullptr) [[unlikely]] {
    observer_->on_bad_descriptor(name, fd);
  }
  return result;
}

// While a call waits on a file, the file stays, even if its descriptor is closed meanwhile.
class SimKernel::Pin {
 public:
  Pin(SimKernel& kernel, File& file) : kernel_(kernel), file_(file) { ++file.descriptors; }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;
  ~Pin() {
    --file_.descriptors;
    kernel_.end_file(file_);
  }

 private:
  SimKernel& kernel_;
  File& file_;
};

// What a call answers that waits, if it is a blocking one, for as long as `attempt` says EAGAIN:
// until `timeout` (0: for ever), or a signal. socket(7), SO_RCVTIMEO; signal(7).
template <typename Attempt>
auto SimKernel::wait_while_again(File& file, bool blocking, const timeval& timeout,
                                 Attempt attempt) {
  auto result = attempt();
  if (!blocking || result.error() != EAGAIN) {
    return result;
  }
  const Pin pin(*this, file);
  const Time deadline = deadline_of(timeout);
  while (result.error() == EAGAIN) {
    const Woken woken = scheduler_.wait(&file, deadline);
    if (woken == Woken::kByTime) {
      break;
    }
    if (woken == Woken::kBySignal && !restarts(timeout)) {
      result = Fail(EINTR);
      break;
    }
    result = attempt();
  }
  return result;
}

}  // namespace eagain::sim
