// Spreads the news that something happened to a file: to the epoll sets it is in, to the tasks that
// wait for it, to a client that watches it.
#pragma once

#include <cstdint>

#include "eagain/fault/sim/file.h"
#include "eagain/fault/sim/scheduler.h"

namespace eagain::sim {

class Waker {
 public:
  explicit Waker(Scheduler& scheduler) : scheduler_(scheduler) {}

  // `news`: the EPOLL* bits the kernel names when it wakes; 0 is "anything may have changed".
  // Epoll hears only of what it asked for, and then looks for itself.
  void wake(File& file, uint32_t news);

 private:
  Scheduler& scheduler_;
};

}  // namespace eagain::sim
