#include "eagain/bench/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace eagain::bench {

// Values below 64 have a bucket each; above, the six bits after the leading one choose among the
// buckets of that power of two.
size_t LatencyHistogram::bucket_of(uint64_t value) {
  const auto width = static_cast<unsigned>(std::bit_width(value));
  if (width <= kBits) {
    return value;
  }
  const unsigned shift = width - kBits - 1;
  const uint64_t step = (value >> shift) - (uint64_t{1} << kBits);
  return (size_t{shift + 1} << kBits) + step;
}

uint64_t LatencyHistogram::middle_of(size_t bucket) {
  const size_t power = bucket >> kBits;
  if (power == 0) {
    return bucket;
  }
  const unsigned shift = static_cast<unsigned>(power) - 1;
  const uint64_t step = bucket & ((size_t{1} << kBits) - 1);
  const uint64_t from = (step + (uint64_t{1} << kBits)) << shift;
  return from + (uint64_t{1} << shift) / 2;
}

void LatencyHistogram::add(std::chrono::nanoseconds latency) {
  const auto value = static_cast<uint64_t>(std::max<int64_t>(latency.count(), 0));
  ++buckets_[bucket_of(value)];
  ++count_;
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i) {
    buckets_[i] += other.buckets_[i];
  }
  count_ += other.count_;
}

std::chrono::nanoseconds LatencyHistogram::quantile(double share) const {
  const auto rank = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen > 0 && seen >= rank) {
      return std::chrono::nanoseconds(middle_of(i));
    }
  }
  return {};
}

}  // namespace eagain::bench
