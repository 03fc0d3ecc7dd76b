#include "eagain/checks/memory_trend.h"

#include <cassert>

namespace eagain::checks {
namespace {

constexpr size_t kSteadySteps = 4;
constexpr int64_t kTwoPages = 8192;
constexpr size_t kLeastSteps = 8;

}  // namespace

int64_t MemoryTrend::growth(size_t from, size_t to) const {
  assert(from < measured_.size() && to <= from);
  const size_t last = measured_.size() - 1;
  return static_cast<int64_t>(measured_[last - to]) - static_cast<int64_t>(measured_[last - from]);
}

bool MemoryTrend::is_steady() const {
  return steps() >= kSteadySteps && growth(kSteadySteps, 0) <= kTwoPages;
}

bool MemoryTrend::keeps_growing() const {
  if (steps() < kLeastSteps) {
    return false;
  }
  size_t growing = 0;
  for (size_t step = 0; step < late_steps(); ++step) {
    growing += growth(step + 1, step) > 0 ? 1 : 0;
  }
  const size_t quarter = late_steps() / 2;
  const int64_t before = growth(2 * quarter, quarter);
  const int64_t at_end = growth(quarter, 0);
  return 4 * growing >= 3 * late_steps() &&
         growth(late_steps(), 0) > static_cast<int64_t>(may_grow_) && 2 * at_end >= before;
}

}  // namespace eagain::checks
