// select, poll and epoll behind one interface, so that one server is tried with each of them.
#pragma once

#include <memory>
#include <vector>

#include "defect.h"
#include "eagain/sys/sys.h"
#include "eagain/sys/unique_fd.h"

namespace eagain::detection {

enum class WaitCall : uint8_t { kSelect, kPoll, kEpoll, kEpollEdge };

struct Interest {
  bool read = false;
  bool write = false;
  bool operator==(const Interest&) const = default;
};

struct Ready {
  int fd = -1;
  bool read = false;
  bool write = false;
  bool hangup =
      false;  // the connection broke, or both sides have ended; then read and write are said too
  bool end = false;  // the other side sends no more (EPOLLRDHUP; kEpollEdge only)
};

class Waits {
 public:
  virtual ~Waits() = default;
  // What is waited for on `fd`, from now on. False: the kernel had no memory for one more.
  virtual bool watch(int fd, Interest interest) = 0;
  // To be called before it is closed.
  virtual void forget(int fd) = 0;
  // Empty as well when the time ran out or a signal came. Valid until the next call.
  virtual const std::vector<Ready>& wait(int timeout_ms) = 0;
};

std::unique_ptr<Waits> MakeWaits(WaitCall call, Sys& sys, Defect defect);

}  // namespace eagain::detection
