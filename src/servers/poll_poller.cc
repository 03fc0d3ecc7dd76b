#include "eagain/servers/poll_poller.h"

#include <cassert>

namespace eagain {

namespace {

short EventsFor(Interest interest) {
  return static_cast<short>((Wants(interest, Interest::kRead) ? POLLIN : 0) |
                            (Wants(interest, Interest::kWrite) ? POLLOUT : 0));
}

}  // namespace

SysResult<void> PollPoller::add(int fd, Interest interest) {
  const auto index = static_cast<size_t>(fd);
  if (index >= places_.size()) {
    places_.resize(index + 1);
  }
  places_[index] = static_cast<int>(watched_.size());
  watched_.push_back({.fd = fd, .events = EventsFor(interest), .revents = 0});
  return Ok();
}

SysResult<void> PollPoller::change(int fd, Interest interest) {
  pollfd& watched = watched_[static_cast<size_t>(places_[static_cast<size_t>(fd)])];
  assert(watched.fd == fd);
  watched.events = EventsFor(interest);
  return Ok();
}

void PollPoller::remove(int fd) {
  // The last one fills the gap.
  const int place = places_[static_cast<size_t>(fd)];
  assert(watched_[static_cast<size_t>(place)].fd == fd);
  watched_[static_cast<size_t>(place)] = watched_.back();
  places_[static_cast<size_t>(watched_.back().fd)] = place;
  watched_.pop_back();
}

SysResult<std::span<const Readiness>> PollPoller::wait(int timeout_ms) {
  const SysResult<int> count = sys_.poll(watched_.data(), watched_.size(), timeout_ms);
  if (!count) {
    return Fail(count.error());
  }
  ready_.clear();
  const auto ready = static_cast<size_t>(*count);
  for (size_t place = 0; ready_.size() < ready && place < watched_.size(); ++place) {
    const pollfd& watched = watched_[place];
    if (watched.revents == 0) {
      continue;
    }
    const bool gone = (watched.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
    ready_.push_back({.fd = watched.fd,
                      .readable = gone || (watched.revents & POLLIN) != 0,
                      .writable = gone || (watched.revents & POLLOUT) != 0,
                      .more_behind = false});
  }
  return Ok(std::span<const Readiness>(ready_));
}

}  // namespace eagain
