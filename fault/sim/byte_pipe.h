// One direction of a connection: the bytes from the sender's send buffer to the receiver's receive
// buffer, held once. Positions count from the beginning of the stream:
//
//   read <= peeked <= arrived <= written       read <= arrived: the receiver's buffer
//   acknowledged <= written                    acknowledged..written: what fills the sender's buffer
//
// Not arrived are the bytes from `arrived` to `written`. Bytes can be held back again (arrived goes
// down): they were not there yet after all.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <vector>

namespace eagain::sim {

class BytePipe {
 public:
  uint64_t written() const { return written_; }
  uint64_t consumed() const { return read_; }
  size_t readable() const { return static_cast<size_t>(arrived_ - read_); }
  size_t under_way() const { return static_cast<size_t>(written_ - arrived_); }
  size_t unacknowledged() const { return static_cast<size_t>(written_ - acknowledged_); }
  // How many of the readable bytes were looked at with MSG_PEEK, and so cannot be held back.
  size_t peeked() const { return static_cast<size_t>(std::max(peeked_, read_) - read_); }

  void write(const void* bytes, size_t count) {
    make_room(count);
    std::memcpy(storage_.data() + end(), bytes, count);
    written_ += count;
  }
  size_t peek(void* bytes, size_t count) {
    count = std::min(count, readable());
    if (count > 0) {
      std::memcpy(bytes, storage_.data() + (read_ - base_), count);
    }
    peeked_ = std::max(peeked_, read_ + count);
    return count;
  }
  size_t read(void* bytes, size_t count) {
    count = peek(bytes, count);
    read_ += count;
    if (read_ == written_) {
      base_ = read_;  // empty: start over at the front, where the cache is warm
    }
    return count;
  }

  void arrive(size_t count) {
    assert(count <= under_way());
    arrived_ += count;
  }
  void acknowledge_arrived() { acknowledged_ = std::max(acknowledged_, arrived_); }
  void hold_back(size_t count) {
    assert(count <= readable() - peeked());
    arrived_ -= count;
  }
  // What has not arrived never will; what the sender's buffer held is gone.
  void drop_under_way() {
    written_ = acknowledged_ = arrived_;
    if (read_ == written_) {
      base_ = read_;
    }
  }

  void clear() { base_ = read_ = peeked_ = arrived_ = acknowledged_ = written_ = 0; }

 private:
  size_t end() const { return static_cast<size_t>(written_ - base_); }
  void make_room(size_t count) {
    if (end() + count <= storage_.size()) {
      return;
    }
    const size_t dead = static_cast<size_t>(read_ - base_);
    const size_t live = end() - dead;
    if (dead > 0) {
      std::memmove(storage_.data(), storage_.data() + dead, live);
      base_ = read_;
    }
    if (live + count > storage_.size()) {
      storage_.resize(std::max(live + count, 2 * storage_.size()));
    }
  }

  std::vector<char> storage_;
  uint64_t base_ = 0;  // the position of storage_[0]
  uint64_t read_ = 0;
  uint64_t peeked_ = 0;
  uint64_t arrived_ = 0;
  uint64_t acknowledged_ = 0;
  uint64_t written_ = 0;
};

}  // namespace eagain::sim
