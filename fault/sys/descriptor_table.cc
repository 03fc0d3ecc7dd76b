#include "eagain/fault/sys/descriptor_table.h"

#include <sys/socket.h>

#include <algorithm>

namespace eagain::fault {
namespace {

constexpr int kTypeMask = ~(SOCK_NONBLOCK | SOCK_CLOEXEC);

}  // namespace

bool DescriptorTable::Descriptor::edge_triggered() const {
  return std::any_of(interests.begin(), interests.end(),
                     [](const Interest& interest) { return interest.edge_triggered(); });
}

bool DescriptorTable::Descriptor::can_rearm() const {
  return std::all_of(interests.begin(), interests.end(), [](const Interest& interest) {
    return !interest.edge_triggered() || interest.can_rearm();
  });
}

void DescriptorTable::made_socket(int fd, int type) {
  const std::lock_guard lock(mutex_);
  files_[fd] = std::make_shared<File>(File{.stream = (type & kTypeMask) == SOCK_STREAM,
                                           .non_blocking = (type & SOCK_NONBLOCK) != 0});
}

void DescriptorTable::listens(int fd) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(fd);
  // On other than streams a short transfer would lose bytes: those are left alone.
  if (found != files_.end() && found->second->stream) {
    found->second->role = Role::kListener;
  }
}

uint64_t DescriptorTable::accepted(int fd, int flags) {
  const std::lock_guard lock(mutex_);
  files_[fd] = std::make_shared<File>(File{.role = Role::kClient,
                                           .connection = ++connections_,
                                           .stream = true,
                                           .non_blocking = (flags & SOCK_NONBLOCK) != 0});
  return connections_;
}

void DescriptorTable::duplicated(int fd, int copy) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(fd);
  if (found != files_.end()) {
    files_[copy] = found->second;
  }
}

void DescriptorTable::set_non_blocking(int fd, bool non_blocking) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(fd);
  if (found != files_.end()) {
    found->second->non_blocking = non_blocking;
  }
}

void DescriptorTable::registered(int epfd, int fd, const epoll_event& event) {
  const std::lock_guard lock(mutex_);
  std::vector<Interest>& interests = interests_[fd];
  const auto found = std::find_if(interests.begin(), interests.end(),
                                  [&](const Interest& known) { return known.epfd == epfd; });
  if (found != interests.end()) {
    found->event = event;
  } else {
    interests.push_back({epfd, event});
  }
}

void DescriptorTable::unregistered(int epfd, int fd) {
  const std::lock_guard lock(mutex_);
  std::erase_if(interests_[fd], [&](const Interest& known) { return known.epfd == epfd; });
}

void DescriptorTable::closing(int fd) {
  const std::lock_guard lock(mutex_);
  files_.erase(fd);
  interests_.erase(fd);
  for (auto& [other, interests] : interests_) {  // fd may be an epoll itself
    std::erase_if(interests, [&](const Interest& known) { return known.epfd == fd; });
  }
}

DescriptorTable::Descriptor DescriptorTable::find(int fd) const {
  const std::lock_guard lock(mutex_);
  Descriptor descriptor;
  if (const auto found = files_.find(fd); found != files_.end()) {
    descriptor.role = found->second->role;
    descriptor.connection = found->second->connection;
    descriptor.non_blocking = found->second->non_blocking;
  }
  if (const auto found = interests_.find(fd); found != interests_.end()) {
    descriptor.interests = found->second;
  }
  return descriptor;
}

}  // namespace eagain::fault
