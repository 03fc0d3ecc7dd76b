#include "eagain/servers/select_poller.h"

#include <algorithm>
#include <cassert>

namespace eagain {

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
  }
  highest_ = interest == Interest::kNothing ? highest_ : std::max(highest_, fd);
  return Ok();
}

void SelectPoller::remove(int fd) {
  assert(can_watch(fd));
  FD_CLR(fd, &read_);
  FD_CLR(fd, &write_);
  while (highest_ >= 0 && !FD_ISSET(highest_, &read_) && !FD_ISSET(highest_, &write_)) {
    --highest_;
  }
}

SysResult<std::span<const Readiness>> SelectPoller::wait(int timeout_ms) {
  fd_set readable = read_;
  fd_set writable = write_;
  timeval timeout{.tv_sec = timeout_ms / 1000, .tv_usec = (timeout_ms % 1000) * 1000};
  const SysResult<int> bits =
      sys_.select(highest_ + 1, &readable, &writable, nullptr, timeout_ms < 0 ? nullptr : &timeout);
  if (!bits) {
    return Fail(bits.error());  // the sets are as they were, and say nothing
  }
  ready_.clear();
  int left = *bits;
  for (int fd = 0; fd <= highest_ && left > 0; ++fd) {
    const bool read = FD_ISSET(fd, &readable);
    const bool write = FD_ISSET(fd, &writable);
    if (read || write) {
      ready_.push_back({.fd = fd, .readable = read, .writable = write, .more_behind = false});
      left -= int{read} + int{write};
    }
  }
  return Ok(std::span<const Readiness>(ready_));
}

}  // namespace eagain
