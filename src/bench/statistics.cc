#include "eagain/bench/statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace eagain::bench {
namespace {

std::vector<double> Sorted(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  return sorted;
}

double QuantileOfSorted(std::span<const double> sorted, double share) {
  assert(!sorted.empty() && share >= 0 && share <= 1);
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - static_cast<double>(below));
}

// How many samples lie outside of the interval on each side: the greatest number so that fewer than
// 2.5 % of all sequences of coin tosses have as few heads, or fewer.
size_t OutsideConfidence(size_t count) {
  double probability = std::pow(0.5, static_cast<double>(count));  // of `heads` heads
  double as_few = 0;
  for (size_t heads = 0; heads <= count / 2; ++heads) {
    as_few += probability;
    if (as_few > 0.025) {
      return heads;
    }
    probability *= static_cast<double>(count - heads) / static_cast<double>(heads + 1);
  }
  return count / 2;
}

}  // namespace

double Quantile(std::span<const double> values, double share) {
  return QuantileOfSorted(Sorted(values), share);
}

Summary Summarize(std::span<const double> values) {
  if (values.empty()) {
    return {};
  }
  const std::vector<double> sorted = Sorted(values);
  return {.median = QuantileOfSorted(sorted, 0.5),
          .low = QuantileOfSorted(sorted, 0.25),
          .high = QuantileOfSorted(sorted, 0.75),
          .count = sorted.size()};
}

Summary RatioOfPairs(std::span<const double> first, std::span<const double> second) {
  std::vector<double> ratios;
  for (size_t i = 0; i < std::min(first.size(), second.size()); ++i) {
    if (first[i] != 0) {
      ratios.push_back(second[i] / first[i]);
    }
  }
  if (ratios.empty()) {
    return {};
  }
  std::ranges::sort(ratios);
  const size_t outside = OutsideConfidence(ratios.size());
  // The interval from the (outside)-th to the (outside)-th from the top, the first being number 1.
  const size_t from = outside > 0 ? outside - 1 : 0;
  return {.median = QuantileOfSorted(ratios, 0.5),
          .low = ratios[from],
          .high = ratios[ratios.size() - 1 - from],
          .count = ratios.size()};
}

}  // namespace eagain::bench
