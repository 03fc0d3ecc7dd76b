// LatencyHistogram: how long round trips took, in so little room that nothing is allocated while
// they are measured. A value is kept within 1/64 of itself.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>

namespace eagain::bench {

class LatencyHistogram {
 public:
  void add(std::chrono::nanoseconds latency);
  void add(const LatencyHistogram& other);

  uint64_t count() const { return count_; }
  // The latency that `share` (0 to 1) of them did not exceed: the nearest rank. Zero if there are
  // none.
  std::chrono::nanoseconds quantile(double share) const;

 private:
  static constexpr unsigned kBits = 6;  // 64 steps from a power of two to the next
  static constexpr size_t kBuckets = size_t{64 - kBits + 1} << kBits;

  static size_t bucket_of(uint64_t value);
  static uint64_t middle_of(size_t bucket);

  std::array<uint64_t, kBuckets> buckets_{};
  uint64_t count_ = 0;
};

}  // namespace eagain::bench
