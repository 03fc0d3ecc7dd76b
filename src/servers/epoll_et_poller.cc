#include "eagain/servers/epoll_et_poller.h"

namespace eagain {

uint32_t EpollEtPoller::events_for(Interest interest) const {
  // The end of the stream and urgent data are asked for by name: a short read stops before them,
  // and no second edge will come.
  const uint32_t behind = Wants(interest, Interest::kRead) ? EPOLLRDHUP | EPOLLPRI : 0;
  return EpollPoller::events_for(interest) | behind | uint32_t{EPOLLET};
}

}  // namespace eagain
