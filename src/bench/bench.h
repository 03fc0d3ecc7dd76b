// The run: every server has its turn in every measure, round by round, so that what changes on the
// machine meanwhile changes for all; a round's samples are the pairs of which ratios are made. Each
// turn has a server that was started for it, so that the luck of one start (where its memory lies)
// is one sample's, and nothing is left of the turn before.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "eagain/bench/contender.h"
#include "eagain/bench/measure.h"

namespace eagain::bench {

struct BenchOptions {
  std::vector<Contender> contenders;
  size_t baseline = 0;  // which of them the others are compared with
  std::vector<Measure> measures;
  Cpus cpus;
  std::chrono::milliseconds slice{200};            // how long each server is measured each time
  std::chrono::seconds time_limit{600};            // no turn begins later than this
  std::chrono::milliseconds patience = kPatience;  // with a server of which nothing comes
};

struct BenchResult {
  std::vector<MeasureResult> measures;
  bool interrupted = false;
  bool out_of_time = false;  // rounds are missing
  std::chrono::milliseconds duration{};
  // How much of the server's and the load's CPUs others used meanwhile, 0 to 1.
  double used_by_others = 0;
};

class Observer {
 public:
  virtual ~Observer() = default;
  // A turn begins; `done` of `total` have had theirs.
  virtual void turn(const Contender& contender, const Measure& measure, size_t done,
                    size_t total) = 0;
};

// Starts every contender once, and has it echo. Throws driver::Failure (whose expected() then names
// the contender), HarnessError, or Interrupted.
void TryOut(const BenchOptions& options, const std::atomic<bool>& stop);

// Ends soon after `stop` is set, with the samples that are complete. A server that fails in a measure
// has no more turns in that one, and keeps those that it had. Throws HarnessError for trouble of this
// machine's.
BenchResult Run(const BenchOptions& options, Observer& observer, const std::atomic<bool>& stop);

}  // namespace eagain::bench
