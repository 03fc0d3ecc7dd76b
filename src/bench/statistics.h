// What is said of samples: medians, since one disturbed sample moves a mean as far as it likes, and
// how far apart the samples lie.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace eagain::bench {

// The value below which `share` (0 to 1) of the samples lie, between two samples by interpolation.
// `values` is not empty.
double Quantile(std::span<const double> values, double share);

struct Summary {
  double median = 0;
  double low = 0;
  double high = 0;
  size_t count = 0;
};

// The median, and the quartiles as low and high. All zero for no values.
Summary Summarize(std::span<const double> values);

// The median of what each pair's second comes to as a part of its first; low and high are the bounds
// of its 95 % confidence interval, by order statistics (no distribution is assumed; with fewer than 6
// pairs these are the least and the greatest). A pair whose first is 0 does not count.
Summary RatioOfPairs(std::span<const double> first, std::span<const double> second);

}  // namespace eagain::bench
