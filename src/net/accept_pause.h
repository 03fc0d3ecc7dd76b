// AcceptPause: for how long a server lets newcomers wait when descriptors or memory have run out.
//
// A listener with a connection pending stays readable, so a server that goes on asking spins. The
// pause ends when one of the server's own clients leaves, or by itself after a while, since what
// was short may be given back by others: 20 ms at first, doubling up to a second, and 20 ms again
// once a client has been accepted.
#pragma once

#include <cstdint>

#include "eagain/sys/sys.h"

namespace eagain {

class AcceptPause {
 public:
  explicit AcceptPause(Sys& sys) : sys_(sys) {}

  // accept has failed for want of something. True the first time since a client was accepted: worth
  // a line in the log, which would otherwise fill with them.
  bool begin();
  // accept has succeeded.
  void accepted() { delay_ms_ = kFirstDelayMs; }
  // A client left: worth another try.
  void client_left() { paused_ = false; }
  // Ends the pause if its time is over.
  void end_if_due();

  bool paused() const { return paused_; }
  // How long until the pause ends by itself, in ms, rounded up; -1 when there is no pause.
  int remaining_ms() const;

  static constexpr int kFirstDelayMs = 20;
  static constexpr int kLongestDelayMs = 1000;

 private:
  Sys& sys_;
  bool paused_ = false;
  int delay_ms_ = kFirstDelayMs;
  int64_t ends_ns_ = 0;
};

}  // namespace eagain
