// One server's turn: started, measured, ended.
#pragma once

#include <atomic>

#include "eagain/bench/bench.h"

namespace eagain::bench {

// Throws driver::Failure when the server does not do what the measure takes, HarnessError for trouble
// of this machine's, Interrupted soon after `stop` is set.
Sample TakeSample(const Contender& contender, const Measure& measure, const BenchOptions& options,
                  const std::atomic<bool>& stop);

}  // namespace eagain::bench
