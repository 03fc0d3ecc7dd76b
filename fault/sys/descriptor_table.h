// DescriptorTable: what a decorator knows of the descriptors that it saw being made: which are listeners, which
// are accepted connections and the how-manieth, which are non-blocking, and who waits for them in an epoll.
//
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "eagain/fault/plan/plan.h"

namespace eagain::fault {

class DescriptorTable {
 public:
  // An epoll that a descriptor is registered with, and how.
  struct Interest {
    int epfd = -1;
    epoll_event event{};

    bool edge_triggered() const { return (event.events & EPOLLET) != 0; }
    // EPOLL_CTL_MOD with the same interest makes the kernel look again. Not with EPOLLONESHOT, where it
    // would wake a second thread too early, nor with EPOLLEXCLUSIVE, which refuses it.
    bool can_rearm() const { return (event.events & (EPOLLONESHOT | EPOLLEXCLUSIVE)) == 0; }
  };

  struct Descriptor {
    Role role = Role::kOther;
    uint64_t connection = 0;  // of a client, from 1 on
    bool non_blocking = false;
    std::vector<Interest> interests;

    bool edge_triggered() const;
    bool can_rearm() const;  // all of its edge-triggered interests can
  };

  // After the call of the name succeeded:
  void made_socket(int fd, int type);
  void listens(int fd);
  // Returns the number of the connection.
  uint64_t accepted(int fd, int flags);
  void duplicated(int fd, int copy);
  void set_non_blocking(int fd, bool non_blocking);
  void registered(int epfd, int fd, const epoll_event& event);
  void unregistered(int epfd, int fd);

  // Before close(2), since the number may be somebody else's the moment it is closed.
  void closing(int fd);

  // What is known; of a descriptor nobody saw being made, nothing.
  Descriptor find(int fd) const;

 private:
  // What copies of a descriptor share (open(2): the open file description).
  struct File {
    Role role = Role::kOther;
    uint64_t connection = 0;
    bool stream = false;
    bool non_blocking = false;
  };

  mutable std::mutex mutex_;  // guards all below
  std::map<int, std::shared_ptr<File>> files_;
  std::map<int, std::vector<Interest>> interests_;  // by descriptor
  uint64_t connections_ = 0;
};

}  // namespace eagain::fault
