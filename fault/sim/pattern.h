// What simulated clients send: bytes that tell where in which client's stream they belong, so that
// one that is lost, doubled, swapped or somebody else's shows at once.
//
// Thread-safety: constant data.
#pragma once

#include <cstddef>
#include <cstdint>

namespace eagain::sim {

// At most so many bytes are contiguous.
constexpr size_t kPatternSlice = 64 * 1024;

// `kPatternSlice` bytes of the stream of `client`, from `offset` on.
const char* PatternAt(uint32_t client, uint64_t offset);

// The position of the first byte of `bytes` that is not as it should be; `count` if all are.
size_t FirstDifference(uint32_t client, uint64_t offset, const char* bytes, size_t count);

}  // namespace eagain::sim
