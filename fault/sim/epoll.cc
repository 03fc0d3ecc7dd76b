#include "eagain/fault/sim/epoll.h"

#include <algorithm>
#include <utility>

namespace eagain::sim {
namespace {

constexpr uint32_t kAlwaysReported = EPOLLERR | EPOLLHUP;

}  // namespace

void Waker::wake(File& file, uint32_t news) {
  for (Watch* watch = file.watches; watch != nullptr; watch = watch->next_of_file) {
    watch->epoll->notice(*watch, news);
  }
  scheduler_.wake(&file);
  if (file.observer != nullptr) {
    file.observer->on_change(file);
  }
}

Watch* Epoll::FindWatch(const Epoll& epoll, const File& file, int fd) {
  Watch* watch = file.watches;
  while (watch != nullptr && (watch->epoll != &epoll || watch->fd != fd)) {
    watch = watch->next_of_file;
  }
  return watch;
}

SysResult<void> Epoll::add(File& file, int fd, const epoll_event& event) {
  if (FindWatch(*this, file, fd) != nullptr) {
    return Fail(EEXIST);
  }
  Watch& watch = pool_->take();
  watch = Watch{this, &file, fd, event.events | kAlwaysReported, event.data, false, file.watches};
  file.watches = &watch;
  all_.push_back(&watch);
  if ((file.readiness() & watch.events) != 0) {
    enlist(watch);
  }
  return Ok();
}

SysResult<void> Epoll::modify(File& file, int fd, const epoll_event& event) {
  Watch* watch = FindWatch(*this, file, fd);
  if (watch == nullptr) {
    return Fail(ENOENT);
  }
  if ((event.events & EPOLLEXCLUSIVE) != 0) {
    return Fail(EINVAL);
  }
  watch->events = event.events | kAlwaysReported;
  watch->data = event.data;
  if ((file.readiness() & watch->events) != 0) {
    enlist(*watch);
  }
  return Ok();
}

SysResult<void> Epoll::remove(File& file, int fd) {
  Watch* watch = FindWatch(*this, file, fd);
  if (watch == nullptr) {
    return Fail(ENOENT);
  }
  unlink_from_file(*watch);
  forget(*watch);
  return Ok();
}

void Epoll::unlink_from_file(Watch& watch) {
  Watch** link = &watch.file->watches;
  while (*link != &watch) {
    link = &(*link)->next_of_file;
  }
  *link = watch.next_of_file;
}

void Epoll::forget(Watch& watch) {
  std::erase(all_, &watch);
  if (watch.in_ready_list) {
    std::erase(ready_, &watch);
  }
  pool_->give_back(watch);
}

void Epoll::forget_all() {
  for (Watch* watch : all_) {
    unlink_from_file(*watch);
    pool_->give_back(*watch);
  }
  all_.clear();
  ready_.clear();
}

void Epoll::enlist(Watch& watch) {
  if (!watch.in_ready_list) {
    watch.in_ready_list = true;
    ready_.push_back(&watch);
  }
  waker_->wake(*this, EPOLLIN);
}

void Epoll::notice(Watch& watch, uint32_t news) {
  const bool disarmed = (watch.events & ~kEpollModes) == 0;  // a one-shot that was reported
  if (!disarmed && (news == 0 || (news & watch.events) != 0)) {
    enlist(watch);
  }
}

int Epoll::count_ready() {
  return static_cast<int>(std::count_if(ready_.begin(), ready_.end(), [](Watch* watch) {
    return (watch->file->readiness() & watch->events & ~kEpollModes) != 0;
  }));
}

uint32_t Epoll::readiness() { return count_ready() > 0 ? uint32_t{EPOLLIN} : 0; }

int Epoll::collect(epoll_event* events, const Batch& batch, Random& random) {
  scratch_.clear();
  std::swap(scratch_, ready_);
  if (batch.shuffled) {
    for (size_t left = scratch_.size(); left > 1; --left) {
      std::swap(scratch_[left - 1], scratch_[random.below(static_cast<uint32_t>(left))]);
    }
  } else if (batch.reversed) {
    std::reverse(scratch_.begin(), scratch_.end());
  }
  int count = 0;
  size_t looked_at = 0;
  for (; looked_at < scratch_.size() && count < batch.most; ++looked_at) {
    Watch& watch = *scratch_[looked_at];
    watch.in_ready_list = false;
    const uint32_t now = watch.file->readiness() & watch.events & ~kEpollModes;
    if (now == 0) {
      continue;
    }
    watch.file->told(now);
    events[count].events = now;
    events[count].data = watch.data;
    ++count;
    if ((watch.events & EPOLLONESHOT) != 0) {
      watch.events &= kEpollModes;
    } else if ((watch.events & EPOLLET) == 0) {
      watch.in_ready_list = true;
      ready_.push_back(&watch);
    }
  }
  // Those not looked at come first the next time.
  ready_.insert(ready_.begin(), scratch_.begin() + static_cast<ptrdiff_t>(looked_at),
                scratch_.end());
  return count;
}

}  // namespace eagain::sim
