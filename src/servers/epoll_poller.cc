#include "eagain/servers/epoll_poller.h"

#include "eagain/sys/sys_error.h"

namespace eagain {

namespace {

UniqueFd MakeEpoll(Sys& sys) {
  const SysResult<int> fd = sys.epoll_create1(EPOLL_CLOEXEC);
  if (!fd) {
    throw SysError("cannot make an epoll instance", fd.error());
  }
  return {sys, *fd};
}

Readiness ToReadiness(const epoll_event& event) {
  constexpr uint32_t kGone = EPOLLERR | EPOLLHUP;
  return {.fd = event.data.fd,
          .readable = (event.events & (EPOLLIN | EPOLLPRI | EPOLLRDHUP | kGone)) != 0,
          .writable = (event.events & (EPOLLOUT | kGone)) != 0,
          .more_behind = (event.events & (EPOLLPRI | EPOLLRDHUP | kGone)) != 0};
}

}  // namespace

EpollPoller::EpollPoller(Sys& sys) : sys_(sys), epoll_(MakeEpoll(sys)) {}

uint32_t EpollPoller::events_for(Interest interest) const {
  return (Wants(interest, Interest::kRead) ? uint32_t{EPOLLIN} : 0) |
         (Wants(interest, Interest::kWrite) ? uint32_t{EPOLLOUT} : 0);
}

SysResult<void> EpollPoller::add(int fd, Interest interest) {
  return control(EPOLL_CTL_ADD, fd, events_for(interest));
}

SysResult<void> EpollPoller::add_level_triggered(int fd) {
  return control(EPOLL_CTL_ADD, fd, EPOLLIN);
}

SysResult<void> EpollPoller::change(int fd, Interest interest) {
  return control(EPOLL_CTL_MOD, fd, events_for(interest));
}

void EpollPoller::remove(int fd) { static_cast<void>(control(EPOLL_CTL_DEL, fd, 0).ok()); }

SysResult<void> EpollPoller::control(int op, int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  return sys_.epoll_ctl(epoll_.get(), op, fd, &event);
}

SysResult<std::span<const Readiness>> EpollPoller::wait(int timeout_ms) {
  const SysResult<int> count =
      sys_.epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), timeout_ms);
  if (!count) {
    return Fail(count.error());
  }
  const auto ready = static_cast<size_t>(*count);
  for (size_t i = 0; i < ready; ++i) {
    ready_[i] = ToReadiness(events_[i]);
  }
  return Ok(std::span<const Readiness>(ready_.data(), ready));
}

}  // namespace eagain
