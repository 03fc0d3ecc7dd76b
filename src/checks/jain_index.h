// Jain's fairness index of shares: 1 when all are equal, 1/n when one of n has it all.
// R. Jain, D. Chiu, W. Hawe: A Quantitative Measure of Fairness and Discrimination (1984).
#pragma once

#include <cstdint>
#include <span>

namespace eagain::checks {

// 1 when there are no shares, or when nobody got anything.
inline double JainIndex(std::span<const uint64_t> shares) {
  double sum = 0;
  double sum_of_squares = 0;
  for (const uint64_t share : shares) {
    const auto x = static_cast<double>(share);
    sum += x;
    sum_of_squares += x * x;
  }
  return sum_of_squares == 0 ? 1
                             : sum * sum / (static_cast<double>(shares.size()) * sum_of_squares);
}

}  // namespace eagain::checks
