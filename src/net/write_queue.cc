#include "eagain/net/write_queue.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace eagain {

namespace {
constexpr size_t kSmallestRing = 1024;
}

size_t WriteQueue::size() const { return ring_ ? ring_->size : 0; }

size_t WriteQueue::capacity() const { return ring_ ? ring_->capacity : 0; }

void WriteQueue::append(std::span<const char> bytes) {
  if (bytes.empty()) {
    return;
  }
  if (size() + bytes.size() > capacity()) {
    grow(size() + bytes.size());
  }
  const size_t tail = (ring_->head + ring_->size) & (ring_->capacity - 1);
  const size_t until_wrap = std::min(bytes.size(), ring_->capacity - tail);
  std::memcpy(ring_->bytes.get() + tail, bytes.data(), until_wrap);
  std::memcpy(ring_->bytes.get(), bytes.data() + until_wrap, bytes.size() - until_wrap);
  ring_->size += bytes.size();
}

std::span<const char> WriteQueue::front() const {
  if (!ring_) {
    return {};
  }
  return {ring_->bytes.get() + ring_->head, std::min(ring_->size, ring_->capacity - ring_->head)};
}

void WriteQueue::pop(size_t count) {
  assert(count <= front().size());
  if (count == size()) {
    ring_.reset();
    return;
  }
  ring_->head = (ring_->head + count) & (ring_->capacity - 1);
  ring_->size -= count;
}

void WriteQueue::grow(size_t wanted) {
  const size_t capacity = std::bit_ceil(std::max(wanted, kSmallestRing));
  // The bytes are written before they are read: no need to clear them.
  auto larger =
      std::make_unique<Ring>(Ring{capacity, 0, 0, std::unique_ptr<char[]>(new char[capacity])});
  while (ring_) {
    const std::span<const char> part = front();
    std::memcpy(larger->bytes.get() + larger->size, part.data(), part.size());
    larger->size += part.size();
    pop(part.size());
  }
  ring_ = std::move(larger);
}

}  // namespace eagain
