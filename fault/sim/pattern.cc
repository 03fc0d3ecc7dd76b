#include "eagain/fault/sim/pattern.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "eagain/fault/sim/random.h"

namespace eagain::sim {
namespace {

// A prime, so that no buffer size divides it: losing a whole buffer shows too.
constexpr uint64_t kPeriod = 65'521;

const std::vector<char>& Table() {
  static const std::vector<char> table = [] {
    std::vector<char> bytes(kPeriod + kPatternSlice);
    Random random(0xec40);
    for (size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = i < kPeriod ? static_cast<char>(random.next() >> 56) : bytes[i - kPeriod];
    }
    return bytes;
  }();
  return table;
}

}  // namespace

const char* PatternAt(uint32_t client, uint64_t offset) {
  static const char* const table = Table().data();
  return table + (offset + uint64_t{client} * 7'919) % kPeriod;
}

size_t FirstDifference(uint32_t client, uint64_t offset, const char* bytes, size_t count) {
  for (size_t done = 0; done < count; done += kPatternSlice) {
    const size_t part = std::min(count - done, kPatternSlice);
    const char* expected = PatternAt(client, offset + done);
    if (std::memcmp(bytes + done, expected, part) != 0) {
      return done + static_cast<size_t>(
                        std::mismatch(expected, expected + part, bytes + done).first - expected);
    }
  }
  return count;
}

}  // namespace eagain::sim
