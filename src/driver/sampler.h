// Sampler: looks at the server at each tick and says how much of the time since the last one was
// fair.
#pragma once

#include <chrono>
#include <optional>

#include "eagain/driver/fair_time.h"
#include "eagain/driver/proc_stats.h"

namespace eagain::driver {

class ServerProcess;

class Sampler {
 public:
  using Clock = std::chrono::steady_clock;

  // When the next call of next() is due; that it comes later is time that this process lost.
  void expect_at(Clock::time_point when) { expected_ = when; }
  // The share of the time since the call before; nothing is fair at the first one. With `unseen`
  // the server is not looked at, and all the time in which this process could run is fair.
  IntervalShare next(const ServerProcess* server, bool unseen);
  // The next call is the first one again.
  void forget();
  // So that looking costs at most a twentieth of the time.
  std::chrono::nanoseconds advised_interval() const { return 20 * cost_; }

 private:
  std::chrono::nanoseconds harness_lost(Clock::time_point now);

  Clock::time_point expected_{};
  std::optional<Clock::time_point> last_;
  std::optional<TreeSample> before_;
  std::chrono::nanoseconds own_delay_{};
  std::chrono::nanoseconds cost_{};
};

}  // namespace eagain::driver
