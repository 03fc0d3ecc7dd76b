#include "waits.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <stdexcept>
#include <utility>

namespace eagain::detection {

namespace {

// How a wait that failed goes on: it was a signal, or there was no memory for a moment.
void AfterFailure(int error, Defect defect) {
  const bool passes = error == EINTR || error == ENOMEM || error == EAGAIN;
  if (!passes || (error == EINTR && defect == Defect::kInterruptedFatal)) {
    throw std::runtime_error("cannot wait");
  }
}

class PollWaits final : public Waits {
 public:
  PollWaits(Sys& sys, Defect defect) : sys_(sys), defect_(defect) {}

  bool watch(int fd, Interest interest) override {
    auto entry = find(fd);
    if (entry == entries_.end()) {
      entry = entries_.insert(entry, {fd, 0, 0});
    }
    entry->events =
        static_cast<short>((interest.read ? POLLIN : 0) | (interest.write ? POLLOUT : 0));
    return true;
  }

  void forget(int fd) override {
    const auto entry = find(fd);
    if (entry != entries_.end() && defect_ != Defect::kEntryNotRemoved) {
      entries_.erase(entry);
    }
  }

  const std::vector<Ready>& wait(int timeout_ms) override {
    ready_.clear();
    const SysResult<int> count = sys_.poll(entries_.data(), entries_.size(), timeout_ms);
    if (!count) {
      AfterFailure(count.error(), defect_);
      return ready_;
    }
    for (const pollfd& entry : entries_) {
      const bool hangup = (entry.revents & (POLLHUP | POLLERR)) != 0;
      const bool read = (entry.revents & POLLIN) != 0;
      const bool write = (entry.revents & POLLOUT) != 0;
      if (read || write || hangup) {
        ready_.push_back({entry.fd, read, write, hangup, false});
      }
    }
    return ready_;
  }

 private:
  std::vector<pollfd>::iterator find(int fd) {
    return std::find_if(entries_.begin(), entries_.end(),
                        [fd](const pollfd& entry) { return entry.fd == fd; });
  }

  Sys& sys_;
  const Defect defect_;
  std::vector<pollfd> entries_;
  std::vector<Ready> ready_;
};

class SelectWaits final : public Waits {
 public:
  SelectWaits(Sys& sys, Defect defect) : sys_(sys), defect_(defect) {}

  bool watch(int fd, Interest interest) override {
    if (fd >= FD_SETSIZE) {
      return false;
    }
    watched_[fd] = interest;
    return true;
  }
  void forget(int fd) override { watched_.erase(fd); }

  const std::vector<Ready>& wait(int timeout_ms) override {
    ready_.clear();
    fd_set read;
    fd_set write;
    const int nfds = fill(read, write);
    timeval timeout{.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    const SysResult<int> count =
        sys_.select(nfds, &read, &write, nullptr, timeout_ms < 0 ? nullptr : &timeout);
    if (!count) {
      AfterFailure(count.error(), defect_);
      return ready_;
    }
    for (const auto& [fd, interest] : watched_) {
      if (FD_ISSET(fd, &read) || FD_ISSET(fd, &write)) {
        ready_.push_back({fd, FD_ISSET(fd, &read), FD_ISSET(fd, &write), false, false});
      }
    }
    return ready_;
  }

 private:
  int fill(fd_set& read, fd_set& write) const {
    FD_ZERO(&read);
    FD_ZERO(&write);
    int nfds = 0;
    for (const auto& [fd, interest] : watched_) {
      if (interest.read) {
        FD_SET(fd, &read);
      }
      if (interest.write) {
        FD_SET(fd, &write);
      }
      nfds = defect_ == Defect::kWrongNfds ? fd : fd + 1;
    }
    return nfds;
  }

  Sys& sys_;
  const Defect defect_;
  std::map<int, Interest> watched_;
  std::vector<Ready> ready_;
};

// Level-triggered; or edge-triggered, and then for both directions and for good.
class EpollWaits final : public Waits {
 public:
  EpollWaits(Sys& sys, Defect defect, bool edge) : sys_(sys), defect_(defect), edge_(edge) {
    const SysResult<int> fd = sys.epoll_create1(EPOLL_CLOEXEC);
    if (!fd) {
      throw std::runtime_error("epoll_create1");
    }
    epoll_ = UniqueFd(sys, *fd);
  }

  bool watch(int fd, Interest interest) override {
    const bool known = watched_.contains(fd);
    if (known && (edge_ || watched_[fd] == interest)) {
      return true;
    }
    epoll_event event{};
    event.events = edge_ ? uint32_t{EPOLLIN | EPOLLOUT | EPOLLET} | rdhup()
                         : (interest.read ? EPOLLIN : 0u) | (interest.write ? EPOLLOUT : 0u);
    event.data.fd = fd;
    const int op = known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (!sys_.epoll_ctl(epoll_.get(), op, fd, &event)) {
      return false;
    }
    watched_[fd] = interest;
    return true;
  }

  void forget(int fd) override {
    if (watched_.erase(fd) > 0) {
      epoll_event unused{};
      static_cast<void>(sys_.epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, &unused).ok());
    }
  }

  const std::vector<Ready>& wait(int timeout_ms) override {
    ready_.clear();
    std::array<epoll_event, 16> events;
    const SysResult<int> count =
        sys_.epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
    if (!count) {
      AfterFailure(count.error(), defect_);
      return ready_;
    }
    for (int i = 0; i < *count; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      const bool hangup = (event.events & (EPOLLHUP | EPOLLERR)) != 0;
      const bool end = (event.events & EPOLLRDHUP) != 0;
      ready_.push_back({event.data.fd, (event.events & (EPOLLIN | EPOLLRDHUP)) != 0 || hangup,
                        (event.events & EPOLLOUT) != 0 || hangup, hangup, end});
    }
    return ready_;
  }

 private:
  // The end of the stream is asked for by name, or one that comes with the last bytes goes unseen.
  uint32_t rdhup() const {
    return defect_ == Defect::kShortMeansDrained ? 0 : uint32_t{EPOLLRDHUP};
  }

  Sys& sys_;
  const Defect defect_;
  const bool edge_;
  UniqueFd epoll_;
  std::map<int, Interest> watched_;
  std::vector<Ready> ready_;
};

}  // namespace

std::unique_ptr<Waits> MakeWaits(WaitCall call, Sys& sys, Defect defect) {
  switch (call) {
    case WaitCall::kSelect:
      return std::make_unique<SelectWaits>(sys, defect);
    case WaitCall::kPoll:
      return std::make_unique<PollWaits>(sys, defect);
    case WaitCall::kEpoll:
    case WaitCall::kEpollEdge:
      break;
  }
  return std::make_unique<EpollWaits>(sys, defect, call == WaitCall::kEpollEdge);
}

}  // namespace eagain::detection
