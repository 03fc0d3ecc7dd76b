// Readiness by epoll(7), edge-triggered: a client's readiness is told once, when it begins. Whoever
// does not use it up is not told again, so the Reactor goes on until EAGAIN or a short transfer, or
// remembers who is not done yet.
//
// A change of interest re-arms: what is ready at that moment is told, be it new or not.
#pragma once

#include "eagain/servers/epoll_poller.h"

namespace eagain {

class EpollEtPoller final : public EpollPoller {
 public:
  using EpollPoller::EpollPoller;

  bool edge_triggered() const override { return true; }

 protected:
  uint32_t events_for(Interest interest) const override;
};

}  // namespace eagain
