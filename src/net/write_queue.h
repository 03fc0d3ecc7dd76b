// WriteQueue: bytes that wait to be sent, in order.
//
// Empty, it is one null pointer: nothing is allocated before bytes wait, and everything is given
// back once they are gone, so that thousands of idle clients cost nothing. It holds what it is
// given; who fills it keeps the bound (session.h).
//
// Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace eagain {

class WriteQueue {
 public:
  WriteQueue() = default;
  WriteQueue(WriteQueue&&) = default;
  WriteQueue& operator=(WriteQueue&&) = default;

  bool empty() const { return ring_ == nullptr; }
  size_t size() const;

  // Adds `bytes` behind those that wait.
  void append(std::span<const char> bytes);

  // The first bytes that wait, as many as lie together: not empty unless the queue is. What follows
  // them comes to the front once they are popped.
  std::span<const char> front() const;

  // Drops the first `count` bytes; at most front().size().
  void pop(size_t count);

  // How many bytes of memory are held for the waiting ones.
  size_t capacity() const;

 private:
  // A ring: `size` bytes from `head` on, wrapping at `capacity`, a power of two.
  struct Ring {
    size_t capacity;
    size_t head;
    size_t size;
    std::unique_ptr<char[]> bytes;
  };

  void grow(size_t wanted);

  std::unique_ptr<Ring> ring_;
};

}  // namespace eagain
