// The one source of randomness of a simulation: xoshiro256** (Blackman and Vigna), seeded through
// splitmix64. The standard library's distributions differ between implementations; these do not, so
// a seed means the same schedule everywhere.
#pragma once

#include <cassert>
#include <cstdint>

namespace eagain::sim {

class Random {
 public:
  explicit Random(uint64_t seed = 1) { reseed(seed); }

  void reseed(uint64_t seed) {
    for (uint64_t& word : state_) {
      seed += 0x9e3779b97f4a7c15;
      uint64_t mixed = seed;
      mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
      mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
      word = mixed ^ (mixed >> 31);
    }
  }

  uint64_t next() {
    const uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  // 0 <= value < bound; bound > 0.
  uint32_t below(uint32_t bound) {
    assert(bound > 0);
    return static_cast<uint32_t>(((next() >> 32) * bound) >> 32);
  }

  // low <= value <= high
  uint32_t between(uint32_t low, uint32_t high) { return low + below(high - low + 1); }

  // True in `per_mille` of 1000 cases. What never happens takes nothing from the source.
  bool chance(uint32_t per_mille) { return per_mille != 0 && below(1000) < per_mille; }

 private:
  static uint64_t rotate(uint64_t value, int by) { return (value << by) | (value >> (64 - by)); }

  uint64_t state_[4];
};

}  // namespace eagain::sim
