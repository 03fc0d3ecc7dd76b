// SimKernel: select, poll, epoll.
#include <algorithm>

#include "eagain/fault/sim/call_frame.h"
#include "eagain/fault/sim/sim_kernel.h"

namespace eagain::sim {
namespace {

// As in Linux's select: which readiness each of the three sets is about.
constexpr uint32_t kSelectRead = EPOLLRDNORM | EPOLLRDBAND | EPOLLIN | EPOLLHUP | EPOLLERR;
constexpr uint32_t kSelectWrite = EPOLLWRBAND | EPOLLWRNORM | EPOLLOUT | EPOLLERR;
constexpr uint32_t kSelectExcept = EPOLLPRI;

bool Has(const fd_set* set, int fd) { return set != nullptr && FD_ISSET(fd, set); }

}  // namespace

// How the next batch of ready descriptors is told, as the odds will have it.
Batch SimKernel::draw_batch(int most) {
  Batch batch{.most = most};
  if (random_.chance(options_.fewer_ready)) {
    batch.most = std::min(most, 1 + static_cast<int>(random_.below(3)));
  }
  batch.shuffled = random_.chance(options_.shuffle_ready);
  return batch;
}

SysResult<int> SimKernel::poll(pollfd* fds, nfds_t nfds, int timeout_ms) {
  enter();
  return leave("poll", -1, do_poll(fds, nfds, timeout_ms));
}

SysResult<int> SimKernel::do_poll(pollfd* fds, nfds_t nfds, int timeout_ms) {
  if (nfds > static_cast<nfds_t>(descriptors_.limit())) {
    return Fail(EINVAL);
  }
  begin_turn();
  Batch batch = draw_batch(static_cast<int>(nfds));
  int ready = scan(fds, nfds);
  if (const int error = disturb_wait(fault::Call::kPoll, nfds, ready, batch); error != 0) {
    return Fail(error);
  }
  if (faults_ != nullptr) {
    ready = scan(fds, nfds);  // the call may have been late
  }
  const Time deadline = deadline_ms(timeout_ms);
  Woken woken = Woken::kByChange;
  rested_ = ready == 0 && timeout_ms != 0;
  while (ready == 0 && timeout_ms != 0 && woken != Woken::kByTime) {
    woken = scheduler_.wait(Scheduler::kAnyChannel, deadline);
    ready = scan(fds, nfds);
    if (ready == 0 && woken == Woken::kBySignal) {
      return Fail(EINTR);
    }
  }
  return Ok(keep_some(fds, nfds, ready, batch));
}

int SimKernel::scan(pollfd* fds, nfds_t nfds) {
  int ready = 0;
  for (nfds_t i = 0; i < nfds; ++i) {
    pollfd& entry = fds[i];
    entry.revents = 0;
    if (entry.fd < 0) {
      continue;
    }
    if (File* file = descriptors_.find(entry.fd)) {
      const uint32_t asked = static_cast<uint16_t>(entry.events) | EPOLLERR | EPOLLHUP;
      entry.revents = static_cast<int16_t>(file->readiness() & asked);
    } else {
      entry.revents = POLLNVAL;
    }
    ready += entry.revents != 0;
  }
  return ready;
}

// Of those ready, only as many as the batch allows; the rest is as ready the next time.
int SimKernel::keep_some(pollfd* fds, nfds_t nfds, int ready, const Batch& batch) {
  int kept = 0;
  for (nfds_t at = 0; at < nfds; ++at) {
    pollfd& entry = fds[batch.reversed ? nfds - 1 - at : at];
    if (entry.revents == 0) {
      continue;
    }
    const bool the_rest_fits = ready <= batch.most - kept;
    if (kept < batch.most && (the_rest_fits || random_.below(2) == 0 || ready == 1)) {
      ++kept;
      if (File* file = descriptors_.find(entry.fd)) {
        file->told(static_cast<uint16_t>(entry.revents));
      }
    } else {
      entry.revents = 0;
    }
    --ready;
  }
  return kept;
}

SysResult<int> SimKernel::select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                                 timeval* timeout) {
  enter();
  return leave("select", -1, do_select(nfds, readfds, writefds, exceptfds, timeout));
}

SysResult<int> SimKernel::do_select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                                    timeval* timeout) {
  if (nfds < 0 || (timeout != nullptr && (timeout->tv_sec < 0 || timeout->tv_usec < 0))) {
    return Fail(EINVAL);
  }
  nfds = std::min(nfds, FD_SETSIZE);
  std::vector<pollfd>& entries = poll_scratch_;
  entries.clear();
  for (int fd = 0; fd < nfds; ++fd) {
    const uint32_t asked = (Has(readfds, fd) ? kSelectRead : 0) |
                           (Has(writefds, fd) ? kSelectWrite : 0) |
                           (Has(exceptfds, fd) ? kSelectExcept : 0);
    if (asked == 0) {
      continue;
    }
    if (descriptors_.find(fd) == nullptr) {
      return Fail(EBADF);
    }
    entries.push_back({fd, static_cast<int16_t>(asked), 0});
  }
  begin_turn();
  Batch batch = draw_batch(INT_MAX);
  const int ready = scan_selected(entries, readfds, writefds);
  const int error = disturb_wait(fault::Call::kSelect, entries.size(), ready, batch);
  if (error != 0) {
    return Fail(error);
  }
  return wait_for_selected(entries, readfds, writefds, exceptfds, timeout, batch);
}

// How many of the asked-for sets this descriptor is ready for; takes it out of the others.
int SimKernel::mark_selected(const pollfd& entry, fd_set* readfds, fd_set* writefds,
                             fd_set* exceptfds) {
  const uint32_t ready = static_cast<uint16_t>(entry.revents);
  int bits = 0;
  for (auto [set, about] : {std::pair{readfds, kSelectRead}, std::pair{writefds, kSelectWrite},
                            std::pair{exceptfds, kSelectExcept}}) {
    if (!Has(set, entry.fd)) {
      continue;
    }
    if ((ready & about) != 0) {
      ++bits;
    } else {
      FD_CLR(entry.fd, set);
    }
  }
  return bits;
}

SysResult<int> SimKernel::wait_for_selected(std::vector<pollfd>& entries, fd_set* readfds,
                                            fd_set* writefds, fd_set* exceptfds, timeval* timeout,
                                            const Batch& batch) {
  const Time began = scheduler_.now();
  const Time deadline = timeout == nullptr
                            ? kNever
                            : began + timeout->tv_sec * kSecond + timeout->tv_usec * kMicrosecond;
  Woken woken = deadline <= began ? Woken::kByTime : Woken::kByChange;
  int ready = scan_selected(entries, readfds, writefds);
  rested_ = ready == 0 && woken != Woken::kByTime;
  while (ready == 0 && woken != Woken::kByTime) {
    woken = scheduler_.wait(Scheduler::kAnyChannel, deadline);
    ready = scan_selected(entries, readfds, writefds);
    if (ready == 0 && woken == Woken::kBySignal) {
      return Fail(EINTR);
    }
  }
  keep_some(entries.data(), entries.size(), ready, batch);
  int bits = 0;
  for (const pollfd& entry : entries) {
    bits += mark_selected(entry, readfds, writefds, exceptfds);
  }
  if (timeout != nullptr) {
    const Time left = std::max<Time>(deadline - scheduler_.now(), 0);
    timeout->tv_sec = left / kSecond;
    timeout->tv_usec = (left % kSecond) / kMicrosecond;
  }
  return Ok(bits);
}

// Unlike poll, select says nothing of a hangup to who asked only for writing.
int SimKernel::scan_selected(std::vector<pollfd>& entries, const fd_set* readfds,
                             const fd_set* writefds) {
  scan(entries.data(), entries.size());
  int ready = 0;
  for (pollfd& entry : entries) {
    const uint32_t asked = (Has(readfds, entry.fd) ? kSelectRead : 0) |
                           (Has(writefds, entry.fd) ? kSelectWrite : 0) | kSelectExcept;
    const uint32_t now = static_cast<uint16_t>(entry.revents) & asked;
    entry.revents = static_cast<int16_t>(now);
    ready += now != 0;
  }
  return ready;
}

SysResult<int> SimKernel::epoll_create1(int flags) {
  enter();
  SysResult<int> result = Fail(EINVAL);
  const int error = disturb_plainly(fault::Call::kEpollCreate1, -1);
  if (error != 0) {
    result = Fail(error);
  } else if ((flags & ~EPOLL_CLOEXEC) != 0) {
    result = Fail(EINVAL);
  } else if (!descriptors_.room()) {
    result = Fail(EMFILE);
  } else {
    Epoll& epoll = epolls_.take();
    epoll.begin_anew();
    epoll.begin(watches_, waker_);
    result = descriptors_.install(epoll, (flags & EPOLL_CLOEXEC) != 0);
  }
  return leave("epoll_create1", -1, result);
}

SysResult<void> SimKernel::epoll_ctl(int epfd, int op, int fd, epoll_event* event) {
  enter();
  return leave("epoll_ctl", fd, do_epoll_ctl(epfd, op, fd, event));
}

SysResult<void> SimKernel::do_epoll_ctl(int epfd, int op, int fd, epoll_event* event) {
  File* set = descriptors_.find(epfd);
  File* file = descriptors_.find(fd);
  if (set == nullptr || file == nullptr) {
    return Fail(EBADF);
  }
  if (set->kind() != File::Kind::kEpoll || file->kind() == File::Kind::kEpoll) {
    return Fail(EINVAL);
  }
  Epoll& epoll = static_cast<Epoll&>(*set);
  moved_on();
  const Pin pin(*this, *file);  // the call may be late
  const bool registers = op == EPOLL_CTL_ADD;
  if (const int error = disturb_plainly(fault::Call::kEpollCtl, fd, registers); error != 0) {
    return Fail(error);
  }
  switch (op) {
    case EPOLL_CTL_ADD:
      return epoll.add(*file, fd, *event);
    case EPOLL_CTL_MOD:
      return epoll.modify(*file, fd, *event);
    case EPOLL_CTL_DEL:
      return epoll.remove(*file, fd);
    default:
      return Fail(EINVAL);
  }
}

SysResult<int> SimKernel::epoll_wait(int epfd, epoll_event* events, int maxevents, int timeout_ms) {
  enter();
  return leave("epoll_wait", epfd, do_epoll_wait(epfd, events, maxevents, timeout_ms));
}

SysResult<int> SimKernel::do_epoll_wait(int epfd, epoll_event* events, int maxevents,
                                        int timeout_ms) {
  File* file = descriptors_.find(epfd);
  if (file == nullptr) {
    return Fail(EBADF);
  }
  if (file->kind() != File::Kind::kEpoll || maxevents <= 0) {
    return Fail(EINVAL);
  }
  Epoll& epoll = static_cast<Epoll&>(*file);
  begin_turn();
  Batch batch = draw_batch(maxevents);
  const size_t room = static_cast<size_t>(maxevents);
  const int ready = faults_ != nullptr ? epoll.count_ready() : 0;
  if (const int error = disturb_wait(fault::Call::kEpollWait, room, ready, batch); error != 0) {
    return Fail(error);
  }
  int count = epoll.collect(events, batch, random_);
  rested_ = count == 0 && timeout_ms != 0;
  if (count > 0 || timeout_ms == 0) {
    return Ok(count);
  }
  const Pin pin(*this, epoll);
  const Time deadline = deadline_ms(timeout_ms);
  Woken woken = Woken::kByChange;
  while (count == 0 && woken != Woken::kByTime) {
    woken = scheduler_.wait(&epoll, deadline);
    count = epoll.collect(events, batch, random_);
    if (count == 0 && woken == Woken::kBySignal) {
      return Fail(EINTR);
    }
  }
  return Ok(count);
}

}  // namespace eagain::sim
