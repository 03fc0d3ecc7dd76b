#include "eagain/driver/settling.h"

#include <algorithm>
#include <map>
#include <utility>

namespace eagain::driver {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

std::map<pid_t, uint64_t> Timeslices(const TreeSample& sample) {
  std::map<pid_t, uint64_t> all;
  for (const ProcessSample& process : sample.processes) {
    for (const ThreadSample& thread : process.threads) {
      all[thread.tid] = thread.timeslices;
    }
  }
  return all;
}

// No thread of the tree came to run in between. Without schedstat both counts are 0 and the CPU
// alone tells.
bool NobodyRan(const TreeSample& before, const TreeSample& after) {
  return before.cpu() == after.cpu() && Timeslices(before) == Timeslices(after);
}

constexpr int kStillSamples = 2;
constexpr int kTickingSamples = 5;
constexpr milliseconds kTickingLeast{40};

}  // namespace

bool Settling::look(TreeSample sample, uint64_t moves) {
  const auto now = Clock::now();
  const bool asleep = sample.asleep();
  const bool moved = !last_ || last_->moves != moves;
  still_ = asleep && !moved && NobodyRan(last_->sample, sample) ? still_ + 1 : 0;
  if (moved) {
    ticking_since_ = now;
    cpu_then_ = sample.cpu();
    ticking_ = 0;
  } else if (asleep) {
    ++ticking_;
  }
  const nanoseconds window = now - ticking_since_;
  const nanoseconds used = sample.cpu() - cpu_then_;
  if (used > window / 4) {  // it works: judge from here on
    ticking_since_ = now;
    cpu_then_ = sample.cpu();
    ticking_ = 0;
  }
  cost_ = last_look_ == Clock::time_point{} ? nanoseconds(0) : Clock::now() - now;
  last_look_ = now;
  last_ = Earlier{std::move(sample), moves};
  return still_ >= kStillSamples ||
         (asleep && ticking_ >= kTickingSamples && window >= kTickingLeast);
}

nanoseconds Settling::advised_pause() const {
  return std::max<nanoseconds>(milliseconds(4), 4 * cost_);
}

}  // namespace eagain::driver
