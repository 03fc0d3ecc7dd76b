// How much of an interval was fair: the arithmetic of Patience, without a clock or a process of
// its own.
#pragma once

#include <chrono>

#include "eagain/driver/proc_stats.h"

namespace eagain::driver {

struct IntervalFacts {
  std::chrono::nanoseconds wall{};          // between the two samples
  std::chrono::nanoseconds harness_lost{};  // of these, how long this process could not run
  unsigned cpus = 1;                        // that the tree may run on
};

struct IntervalShare {
  std::chrono::nanoseconds fair{};   // at most wall
  std::chrono::nanoseconds busy{};   // of fair, while the tree used the CPU
  std::chrono::nanoseconds quiet{};  // of fair, while it slept
};

// A thread that waited for a CPU, a disk or a tracer makes as much of the interval unfair, and so does
// a tracer that waited for a CPU. Threads that wait only for each other, since the tree has all CPUs to
// itself, do not. Where in doubt, less is fair: that costs a little more patience, and never a wrong
// verdict.
IntervalShare ShareOf(const TreeSample& before, const TreeSample& after,
                      const IntervalFacts& facts);

}  // namespace eagain::driver
