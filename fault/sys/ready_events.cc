#include "eagain/fault/sys/ready_events.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <vector>

namespace eagain::fault {
namespace {

// xorshift64*: the standard library's shuffle differs from one library to another.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed | 1) {}
  size_t below(size_t bound) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<size_t>((state_ * 0x2545f4914f6cdd1d) >> 11) % bound;
  }

 private:
  uint64_t state_;
};

template <typename Iterator>
void Shuffle(Iterator begin, size_t count, uint64_t chance) {
  Dice dice(chance);
  for (size_t i = count; i > 1; --i) {
    std::iter_swap(begin + static_cast<ptrdiff_t>(i - 1),
                   begin + static_cast<ptrdiff_t>(dice.below(i)));
  }
}

}  // namespace

uint64_t WaitedFor(const pollfd* fds, nfds_t nfds) {
  return static_cast<uint64_t>(
      std::count_if(fds, fds + nfds, [](const pollfd& entry) { return entry.fd >= 0; }));
}

uint64_t WaitedFor(int nfds, const fd_set* readfds, const fd_set* writefds,
                   const fd_set* exceptfds) {
  uint64_t count = 0;
  for (const fd_set* set : {readfds, writefds, exceptfds}) {
    for (int fd = 0; set != nullptr && fd < std::min(nfds, FD_SETSIZE); ++fd) {
      count += FD_ISSET(fd, set) ? 1 : 0;
    }
  }
  return count;
}

int KeepSome(pollfd* fds, nfds_t nfds, uint64_t keep, uint64_t chance) {
  std::vector<pollfd*> ready;
  for (nfds_t i = 0; i < nfds; ++i) {
    if (fds[i].revents != 0) {
      ready.push_back(&fds[i]);
    }
  }
  Shuffle(ready.begin(), ready.size(), chance);
  for (size_t i = keep; i < ready.size(); ++i) {
    ready[i]->revents = 0;
  }
  return static_cast<int>(std::min<uint64_t>(keep, ready.size()));
}

int KeepSome(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds, uint64_t keep,
             uint64_t chance) {
  std::vector<std::pair<fd_set*, int>> ready;
  for (fd_set* set : {readfds, writefds, exceptfds}) {
    for (int fd = 0; set != nullptr && fd < std::min(nfds, FD_SETSIZE); ++fd) {
      if (FD_ISSET(fd, set)) {
        ready.emplace_back(set, fd);
      }
    }
  }
  Shuffle(ready.begin(), ready.size(), chance);
  for (size_t i = keep; i < ready.size(); ++i) {
    FD_CLR(ready[i].second, ready[i].first);
  }
  return static_cast<int>(std::min<uint64_t>(keep, ready.size()));
}

void Reorder(epoll_event* events, int count, uint64_t chance) {
  assert(count >= 2);
  const auto size = static_cast<size_t>(count);
  std::vector<size_t> order(size);
  for (size_t i = 0; i < size; ++i) {
    order[i] = i;
  }
  Shuffle(order.begin(), size, chance);
  if (std::is_sorted(order.begin(), order.end())) {
    std::rotate(order.begin(), order.begin() + 1, order.end());
  }
  const std::vector<epoll_event> before(events, events + size);
  for (size_t i = 0; i < size; ++i) {
    events[i] = before[order[i]];
  }
}

}  // namespace eagain::fault
