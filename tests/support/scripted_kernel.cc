#include "eagain/support/scripted_kernel.h"

#include <netinet/in.h>

#include <algorithm>
#include <memory>

#include "eagain/support/scripted_ring.h"

namespace eagain {

using testing::_;
using testing::Return;

ScriptedKernel::~ScriptedKernel() = default;

ScriptedKernel::ScriptedKernel() {
  ON_CALL(*this, socket).WillByDefault(Return(Ok(kListener)));
  ON_CALL(*this, bind).WillByDefault(Return(Ok()));
  ON_CALL(*this, setsockopt).WillByDefault(Return(Ok()));
  ON_CALL(*this, listen).WillByDefault(Return(Ok()));
  ON_CALL(*this, getsockname).WillByDefault([](int, sockaddr* addr, socklen_t* length) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(7);
    std::memcpy(addr, &any, sizeof any);
    *length = sizeof any;
    return Ok();
  });
  ON_CALL(*this, eventfd).WillByDefault(Return(Ok(kEvent)));
  ON_CALL(*this, epoll_create1).WillByDefault(Return(Ok(kEpoll)));
  ON_CALL(*this, write).WillByDefault([this](int fd, const void*, size_t count) {
    event_set_ = event_set_ || fd == kEvent;
    return Ok(count);
  });
  ON_CALL(*this, shutdown).WillByDefault([this](int fd, int how) {
    shutdowns_.insert({fd, how});
    return Ok();
  });
  ON_CALL(*this, close).WillByDefault([this](int fd) {
    closed_.insert(fd);
    open_.erase(fd);
    epoll_interest_.erase(fd);
    return Ok();
  });
  ON_CALL(*this, clock_gettime).WillByDefault([this](clockid_t, timespec* now) {
    *now = {.tv_sec = now_ns_ / 1'000'000'000, .tv_nsec = now_ns_ % 1'000'000'000};
    return Ok();
  });
  ON_CALL(*this, nanosleep).WillByDefault([this](const timespec* duration, timespec*) {
    return on_nanosleep(duration);
  });
  ON_CALL(*this, spawn).WillByDefault([](size_t, const std::function<void()>& body) {
    body();
    return Ok(uint64_t{1});
  });
  ON_CALL(*this, join).WillByDefault(Return(Ok()));
  ON_CALL(*this, fork)
      .WillByDefault(
          [this](const std::function<void()>& prepare, const std::function<int()>& child) {
            prepare();
            EXPECT_EQ(child(), 0);
            ended_.push_back(next_pid_);
            return Ok(next_pid_++);
          });
  ON_CALL(*this, waitpid).WillByDefault([this](pid_t, int* status, int) -> SysResult<pid_t> {
    if (ended_.empty()) {
      return Fail(ECHILD);
    }
    *status = 0;
    const pid_t pid = ended_.front();
    ended_.pop_front();
    return Ok(pid);
  });
  ON_CALL(*this, io_uring_setup).WillByDefault([this](unsigned) {
    return Ok(std::unique_ptr<Ring>(std::make_unique<ScriptedRing>(*this)));
  });
  ON_CALL(*this, kill).WillByDefault(Return(Ok()));
  ON_CALL(*this, sigaction).WillByDefault(Return(Ok()));
  ON_CALL(*this, read).WillByDefault([this](int fd, void*, size_t count) {
    event_set_ = event_set_ && fd != kEvent;
    return Ok(count);
  });
  ON_CALL(*this, accept4).WillByDefault([this](int, sockaddr*, socklen_t*, int flags) {
    return on_accept(flags);
  });
  ON_CALL(*this, recv).WillByDefault([this](int fd, void* buf, size_t len, int) {
    return on_recv(fd, buf, len);
  });
  ON_CALL(*this, send).WillByDefault([this](int fd, const void* buf, size_t len, int) {
    return on_send(fd, buf, len);
  });
  ON_CALL(*this, select)
      .WillByDefault(
          [this](int nfds, fd_set* readfds, fd_set* writefds, fd_set*, timeval* timeout) {
            return on_select(nfds, readfds, writefds, timeout);
          });
  ON_CALL(*this, poll).WillByDefault([this](pollfd* fds, nfds_t nfds, int timeout_ms) {
    return on_poll(fds, nfds, timeout_ms);
  });
  ON_CALL(*this, epoll_ctl).WillByDefault([this](int, int op, int fd, epoll_event* event) {
    return on_epoll_ctl(op, fd, event);
  });
  ON_CALL(*this, epoll_wait)
      .WillByDefault([this](int, epoll_event* events, int maxevents, int timeout_ms) {
        return on_epoll_wait(events, maxevents, timeout_ms);
      });
}

void ScriptedKernel::script_is_over() {
  if (stop_ != nullptr) {
    stop_->request();
  }
}

bool ScriptedKernel::anything_left() const {
  return !accepts_.empty() || std::ranges::any_of(open_, [this](int fd) {
    const auto peer = peers_.find(fd);
    return peer != peers_.end() && (!peer->second.recvs.empty() || !peer->second.sends.empty());
  });
}

SysResult<int> ScriptedKernel::on_accept(int flags) {
  ++accept_calls_;
  blocking_ = (flags & SOCK_NONBLOCK) == 0;
  if (!accepts_.empty() && accepts_.front() && open_.contains(*accepts_.front())) {
    return Fail(EAGAIN);
  }
  if (accepts_.empty()) {
    if (blocking_) {
      script_is_over();
      return Fail(EINVAL);
    }
    return Fail(EAGAIN);
  }
  const SysResult<int> answer = accepts_.front();
  accepts_.pop_front();
  if (answer) {
    open_.insert(*answer);
    closed_.erase(*answer);
  }
  return answer;
}

SysResult<size_t> ScriptedKernel::on_recv(int fd, void* buf, size_t len) {
  calls_.push_back("recv " + std::to_string(fd));
  Peer& peer = of(fd);
  ++peer.recv_calls;
  if (peer.recvs.empty()) {
    if (blocking_) {
      script_is_over();
      return Ok(size_t{0});
    }
    return Fail(EAGAIN);
  }
  Received& next = peer.recvs.front();
  if (next.error != 0) {
    const int error = next.error;
    peer.recvs.pop_front();
    peer.edge_in = peer.edge_in || error == EAGAIN;
    return Fail(error);
  }
  const size_t count = std::min(len, next.bytes.size());
  std::memcpy(buf, next.bytes.data(), count);
  next.bytes.erase(0, count);
  if (next.bytes.empty()) {
    peer.recvs.pop_front();
  }
  peer.edge_in = peer.edge_in || count < len;
  return Ok(count);
}

SysResult<size_t> ScriptedKernel::on_send(int fd, const void* buf, size_t len) {
  calls_.push_back("send " + std::to_string(fd));
  Peer& peer = of(fd);
  Sent next{.at_most = kAll, .error = 0};
  if (!peer.sends.empty()) {
    next = peer.sends.front();
    peer.sends.pop_front();
  }
  if (next.error != 0) {
    peer.edge_out = peer.edge_out || next.error == EAGAIN;
    return Fail(next.error);
  }
  const size_t count = std::min(len, next.at_most);
  peer.sent.append(static_cast<const char*>(buf), count);
  peer.edge_out = peer.edge_out || count < len;
  return Ok(count);
}

// What of `interest` is ready; edge-triggered, only what has not been told.
uint32_t ScriptedKernel::readiness(int fd, uint32_t interest) {
  if (fd == kListener) {
    return accepts_.empty() ? 0 : interest & EPOLLIN;
  }
  if (fd == kEvent) {
    return event_set_ ? interest & EPOLLIN : 0;
  }
  Peer& peer = of(fd);
  const bool edge = (interest & EPOLLET) != 0;
  uint32_t ready = 0;
  if (!peer.recvs.empty() && (!edge || peer.edge_in)) {
    ready |= interest & EPOLLIN;
  }
  if (!edge || peer.edge_out) {
    ready |= interest & EPOLLOUT;
  }
  peer.edge_in = peer.edge_in && (ready & EPOLLIN) == 0;
  peer.edge_out = peer.edge_out && (ready & EPOLLOUT) == 0;
  return ready;
}

SysResult<std::map<int, uint32_t>> ScriptedKernel::wait(int timeout_ms,
                                                        const std::map<int, uint32_t>& interest) {
  calls_.push_back("wait");
  waits_.push_back({.timeout_ms = timeout_ms, .interest = interest});
  if (waits_.size() == kMostWaits) {
    ADD_FAILURE() << "the server spins: " << kMostWaits << " waits";
  }
  if (waits_.size() == last_wait_) {
    script_is_over();
  }
  if (!wait_errors_.empty()) {
    const int error = wait_errors_.front();
    wait_errors_.pop_front();
    return Fail(error);
  }
  std::map<int, uint32_t> ready;
  if (!wait_answers_.empty()) {
    ready = wait_answers_.front();
    wait_answers_.pop_front();
    return Ok(ready);
  }
  for (int attempt = 0; attempt < 2 && ready.empty(); ++attempt) {
    for (const auto& [fd, wanted] : interest) {
      if (const uint32_t events = readiness(fd, wanted)) {
        ready[fd] = events;
      }
    }
    if (ready.empty() && timeout_ms < 0) {
      script_is_over();
    }
  }
  if (ready.empty()) {
    now_ns_ += int64_t{std::max(timeout_ms, 0)} * 1'000'000;
  }
  return Ok(ready);
}

SysResult<int> ScriptedKernel::on_select(int nfds, fd_set* readfds, fd_set* writefds,
                                         const timeval* timeout) {
  std::map<int, uint32_t> interest;
  for (int fd = 0; fd < nfds; ++fd) {
    const uint32_t events =
        (FD_ISSET(fd, readfds) ? uint32_t{EPOLLIN} : 0) |
        (writefds != nullptr && FD_ISSET(fd, writefds) ? uint32_t{EPOLLOUT} : 0);
    if (events != 0) {
      interest[fd] = events;
    }
  }
  const int timeout_ms =
      timeout == nullptr ? -1 : static_cast<int>(timeout->tv_sec * 1000 + timeout->tv_usec / 1000);
  const auto ready = wait(timeout_ms, interest);
  if (!ready) {
    return Fail(ready.error());
  }
  int bits = 0;
  FD_ZERO(readfds);
  if (writefds != nullptr) {
    FD_ZERO(writefds);
  }
  for (const auto& [fd, events] : *ready) {
    constexpr uint32_t kGone = EPOLLERR | EPOLLHUP;
    if (const uint32_t wanted = interest[fd]; (wanted & EPOLLIN) && (events & (EPOLLIN | kGone))) {
      FD_SET(fd, readfds);
      ++bits;
    }
    if (const uint32_t wanted = interest[fd];
        (wanted & EPOLLOUT) && (events & (EPOLLOUT | kGone))) {
      FD_SET(fd, writefds);
      ++bits;
    }
  }
  return Ok(bits);
}

SysResult<int> ScriptedKernel::on_poll(pollfd* fds, nfds_t nfds, int timeout_ms) {
  static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLHUP == EPOLLHUP);
  std::map<int, uint32_t> interest;
  for (nfds_t i = 0; i < nfds; ++i) {
    interest[fds[i].fd] = static_cast<uint32_t>(fds[i].events);
  }
  const auto ready = wait(timeout_ms, interest);
  if (!ready) {
    return Fail(ready.error());
  }
  int count = 0;
  for (nfds_t i = 0; i < nfds; ++i) {
    const auto found = ready.value().find(fds[i].fd);
    fds[i].revents = 0;
    if (found != ready.value().end()) {
      const uint32_t told = found->second & (interest[fds[i].fd] | EPOLLERR | EPOLLHUP);
      fds[i].revents = static_cast<short>(told);
      count += told != 0 ? 1 : 0;
    }
  }
  return Ok(count);
}

SysResult<void> ScriptedKernel::on_epoll_ctl(int op, int fd, const epoll_event* event) {
  if (const auto error = epoll_ctl_errors_.find({op, fd}); error != epoll_ctl_errors_.end()) {
    return Fail(error->second);
  }
  if (op == EPOLL_CTL_DEL) {
    epoll_interest_.erase(fd);
    return Ok();
  }
  epoll_interest_[fd] = event->events;
  // A change tells again what is ready.
  of(fd).edge_in = true;
  of(fd).edge_out = true;
  return Ok();
}

SysResult<int> ScriptedKernel::on_epoll_wait(epoll_event* events, int maxevents, int timeout_ms) {
  const auto ready = wait(timeout_ms, epoll_interest_);
  if (!ready) {
    return Fail(ready.error());
  }
  int count = 0;
  for (const auto& [fd, told] : *ready) {
    if (count == maxevents) {
      break;
    }
    events[count] = {};
    events[count].events = told;
    events[count].data.fd = fd;
    ++count;
  }
  return Ok(count);
}

SysResult<void> ScriptedKernel::on_nanosleep(const timespec* duration) {
  const int64_t slept_ns = int64_t{duration->tv_sec} * 1'000'000'000 + duration->tv_nsec;
  now_ns_ += slept_ns;
  slept_ns_ += slept_ns;
  calls_.push_back("sleep");
  if (!anything_left()) {
    script_is_over();
  }
  return Ok();
}

}  // namespace eagain
