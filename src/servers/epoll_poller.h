// Readiness by epoll(7), level-triggered: the set lives in the kernel, a turn costs what is ready
// and not what is watched, and a descriptor is told of as long as it is ready.
//
// A client's interest is changed (one epoll_ctl) only when it differs: writability is asked for
// while bytes wait and at no other time.
#pragma once

#include <array>
#include <vector>

#include "eagain/servers/poller.h"
#include "eagain/sys/unique_fd.h"

namespace eagain {

class EpollPoller : public Poller {
 public:
  // Throws SysError when there is no epoll to be had.
  explicit EpollPoller(Sys& sys);

  std::string_view wait_call() const override { return "epoll_wait"; }
  SysResult<void> add(int fd, Interest interest) override;
  SysResult<void> add_level_triggered(int fd) override;
  SysResult<void> change(int fd, Interest interest) override;
  void remove(int fd) override;
  // Closing does it: nobody else has the descriptor. One call less for each client.
  void forget(int /*fd*/) override {}
  SysResult<std::span<const Readiness>> wait(int timeout_ms) override;

 protected:
  // The events that stand for a client's interest.
  virtual uint32_t events_for(Interest interest) const;

 private:
  static constexpr size_t kEventsPerWait = 256;

  SysResult<void> control(int op, int fd, uint32_t events);

  Sys& sys_;
  UniqueFd epoll_;
  std::array<epoll_event, kEventsPerWait> events_;
  std::array<Readiness, kEventsPerWait> ready_;
};

}  // namespace eagain
