#include "eagain/servers/select_poller.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>

namespace eagain {

namespace {

// A set as the kernel sees it: descriptor fd is bit fd % kBitsPerWord of word fd / kBitsPerWord
// (get_fd_set() in Linux' fs/select.c). Most words are 0, so that a look at each costs less than one
// at each descriptor.
constexpr int kBitsPerWord = 8 * sizeof(unsigned long);

unsigned long Word(const fd_set& set, int number) {
  unsigned long word;
  std::memcpy(&word,
              reinterpret_cast<const char*>(&set) + static_cast<size_t>(number) * sizeof word,
              sizeof word);
  return word;
}

}  // namespace

SelectPoller::SelectPoller(Sys& sys) : sys_(sys) {
  FD_ZERO(&read_);
  FD_ZERO(&write_);
}

SysResult<void> SelectPoller::add(int fd, Interest interest) { return change(fd, interest); }

SysResult<void> SelectPoller::change(int fd, Interest interest) {
  assert(can_watch(fd));
  remove(fd);
  if (Wants(interest, Interest::kRead)) {
    FD_SET(fd, &read_);
  }
  if (Wants(interest, Interest::kWrite)) {
    FD_SET(fd, &write_);
    ++writers_;
  }
  highest_ = interest == Interest::kNothing ? highest_ : std::max(highest_, fd);
  return Ok();
}

void SelectPoller::remove(int fd) {
  assert(can_watch(fd));
  writers_ -= FD_ISSET(fd, &write_) ? 1 : 0;
  FD_CLR(fd, &read_);
  FD_CLR(fd, &write_);
  while (highest_ >= 0 && !FD_ISSET(highest_, &read_) && !FD_ISSET(highest_, &write_)) {
    --highest_;
  }
}

SysResult<std::span<const Readiness>> SelectPoller::wait(int timeout_ms) {
  fd_set readable = read_;
  std::optional<fd_set> writable;
  if (writers_ > 0) {
    writable = write_;
  }
  timeval timeout{.tv_sec = timeout_ms / 1000, .tv_usec = (timeout_ms % 1000) * 1000};
  const SysResult<int> bits = sys_.select(highest_ + 1, &readable, writable ? &*writable : nullptr,
                                          nullptr, timeout_ms < 0 ? nullptr : &timeout);
  if (!bits) {
    return Fail(bits.error());  // the sets are as they were, and say nothing
  }
  collect(readable, writable, *bits);
  return Ok(std::span<const Readiness>(ready_));
}

void SelectPoller::collect(const fd_set& readable, const std::optional<fd_set>& writable,
                           int bits) {
  ready_.clear();
  for (int word = 0; word <= highest_ / kBitsPerWord && bits > 0; ++word) {
    const unsigned long read = Word(readable, word);
    const unsigned long write = writable ? Word(*writable, word) : 0;
    bits -= std::popcount(read) + std::popcount(write);
    for (unsigned long either = read | write; either != 0; either &= either - 1) {
      const int bit = std::countr_zero(either);
      ready_.push_back({.fd = word * kBitsPerWord + bit,
                        .readable = ((read >> bit) & 1U) != 0,
                        .writable = ((write >> bit) & 1U) != 0,
                        .more_behind = false});
    }
  }
}

}  // namespace eagain
