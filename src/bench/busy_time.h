// BusyTime: how much of some CPUs' time went to other programs - what makes measurements worthless
// when it is much. From proc_stat(5) and getrusage(2).
#pragma once

#include <chrono>

#include "eagain/bench/cpus.h"

namespace eagain::bench {

class BusyTime {
 public:
  explicit BusyTime(const Cpus& cpus);  // from now on

  // The part, 0 to 1, of those CPUs' time until now in which programs ran that are neither this one
  // nor its children; of children that have ended.
  double used_by_others() const;

 private:
  struct Moment {
    std::chrono::nanoseconds wall{};
    std::chrono::nanoseconds busy{};  // of the CPUs
    std::chrono::nanoseconds own{};   // this program's, and its children's
  };
  Moment now() const;

  Cpus cpus_;
  Moment from_;
};

}  // namespace eagain::bench
