// Settling: from sample to sample, whether a server has nothing left to do.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "eagain/driver/proc_stats.h"

namespace eagain::driver {

// What costs more than a sample, and is asked only when the samples look settled.
struct SettlingProbes {
  std::function<ThreadWaits()> waits;
  // A number that changes when any socket queue of the server's connections does.
  std::function<uint64_t()> queues;
};

// A tree has settled when all its threads slept in several samples in a row, nothing moved in
// between, and
//  - no thread ran in between, and none sleeps for a time: such a one may have work that it does
//    not know of yet; or
//  - it ran but a little, as one does that ticks on a timer; no queue of its sockets changed; and
//    each thread that sleeps for a time came to run three times meanwhile (the first may be the
//    rest of a turn, and a turn may be cut in two), or kLongestTick of watched time has passed.
class Settling {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kLongestTick{250};
  static constexpr std::chrono::milliseconds kTickingWindow{40};

  explicit Settling(SettlingProbes probes) : probes_(std::move(probes)) {}

  // One more sample, taken at `now`, and how often anything has moved so far. True when settled.
  bool look(TreeSample sample, uint64_t moves, Clock::time_point now);

 private:
  using Timeslices = std::map<pid_t, uint64_t>;

  bool waits_for_events();
  bool sleepers_looked();
  bool only_ticks(bool asleep, Clock::time_point now);
  void start_window(Clock::time_point now, int samples = 0);

  SettlingProbes probes_;
  bool first_ = true;
  uint64_t moves_ = 0;
  std::chrono::nanoseconds cpu_{};
  Timeslices timeslices_;
  int still_ = 0;  // samples in a row between which no thread ran
  Clock::time_point looked_{};
  std::chrono::nanoseconds watched_{};  // in all: what passed while samples were taken in time

  // A window in which the tree at most ticked, and what was so when it began.
  Clock::time_point window_from_{};
  std::chrono::nanoseconds window_cpu_{};
  std::chrono::nanoseconds window_watched_{};
  Timeslices window_timeslices_;
  int window_samples_ = 0;  // in which all threads slept
  uint64_t queues_ = 0;     // at its beginning, or a little before
};

}  // namespace eagain::driver
