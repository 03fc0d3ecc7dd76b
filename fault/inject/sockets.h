// Sockets: what the sockets of a traced program are - which listens, which is the how-manieth
// connection that was accepted, which epoll watches them and how.
//
// A socket is known by its cookie (SO_COOKIE, socket(7)), which it keeps from its making to its end
// and shares with no other: whatever number it has, in whatever process. So close, dup, fork and
// SCM_RIGHTS need not be watched.
#pragma once

#include <sys/epoll.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "eagain/fault/plan/plan.h"
#include "eagain/fault/sys/descriptor_table.h"
#include "eagain/sys/unique_fd.h"

namespace eagain::fault {

// What names a process (taken_descriptor.h), for all who still have a use for it.
using ProcessHandle = std::shared_ptr<const UniqueFd>;

// An epoll that watches a socket.
struct Watch {
  ProcessHandle process;  // that registered it
  DescriptorTable::Interest interest;
  int fd = -1;  // the number it is registered under
};

class Sockets {
 public:
  // A descriptor as it is at this moment.
  struct Seen {
    UniqueFd taken;  // the same socket, for the injector; close it soon
    uint64_t cookie = 0;
    Role role = Role::kOther;
    uint64_t connection = 0;
    bool non_blocking = false;
    bool edge_triggered = false;
    bool can_rearm = false;  // what can be known without trying

    explicit operator bool() const { return static_cast<bool>(taken); }
  };

  // Empty when it is not a TCP socket, or not there.
  Seen look(int process, int fd);

  // After the call of the name succeeded; answers the number of the connection.
  void listens(const Seen& socket);
  uint64_t accepted(const Seen& socket);

  // Registered with an epoll. How it is watched later on (EPOLL_CTL_MOD is no stop: a program that
  // waits for room makes two of them for each short send) is asked of the kernel when it matters.
  void watched(const Seen& socket, const Watch& watch);
  void unwatched(const Seen& socket, const ProcessHandle& process, int epfd);

  // EPOLL_CTL_MOD with what it is watched for, in every epoll that watches it edge-triggered: the
  // kernel looks again, and the next wait reports what is there. False, with errno set, if it cannot.
  bool rearm(const Seen& socket);

  // A fault was not re-armed, since no epoll was known to watch the socket edge-triggered.
  void doubt(const Seen& socket);
  bool in_doubt() const { return !doubtful_.empty(); }
  // Re-arms those of them that one does. That is as well as at once: to the program the kernel was late.
  // Answers the connections that were re-armed.
  std::vector<uint64_t> make_sure();

 private:
  struct Known {
    Role role = Role::kOther;
    uint64_t connection = 0;
    bool decided = false;   // what it is, for good or until listens() or accepted() is told of it
    bool doubtful = false;  // and among doubtful_
    std::vector<Watch> watches;
  };
  static constexpr size_t kMostKnown = 200'000;  // of 100 bytes or so

  Known& known(const Seen& socket);
  Seen take(int process, int fd) const;
  bool rearm(Watch& watch, const Seen& socket);
  void forget_old();

  std::map<uint64_t, Known> sockets_;  // by cookie
  std::vector<uint64_t> doubtful_;     // cookies
  std::set<uint16_t> listener_ports_;
  uint64_t connections_ = 0;
};

}  // namespace eagain::fault
