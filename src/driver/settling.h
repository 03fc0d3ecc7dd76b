// Settling: from sample to sample, whether a server has nothing left to do.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "eagain/driver/proc_stats.h"

namespace eagain::driver {

class Settling {
 public:
  // One more sample, and how often anything has moved so far. True when, over several samples in a
  // row, all threads slept, nothing moved, and either no thread ran at all or the tree ran so
  // little that it only ticks.
  bool look(TreeSample sample, uint64_t moves);
  // How long to wait before the next sample.
  std::chrono::nanoseconds advised_pause() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Earlier {
    TreeSample sample;
    uint64_t moves;
  };
  std::optional<Earlier> last_;
  int still_ = 0;  // samples in a row between which no thread ran
  // Since when the tree at most ticked.
  Clock::time_point ticking_since_{};
  std::chrono::nanoseconds cpu_then_{};
  int ticking_ = 0;
  std::chrono::nanoseconds cost_{};
  Clock::time_point last_look_{};
};

}  // namespace eagain::driver
