// Stop: how a server is asked to stop.
//
// A server that waits for readiness puts fd() into its set: it becomes readable with the request
// and stays so. A server that blocks in accept or recv says on which descriptor (StopWakes): the
// request shuts that descriptor down, so the call returns even when the request falls between the
// server's look at requested() and its call.
//
// Thread-safety: request() may be called from any thread and from a signal handler, also while the
// thread that it interrupts is in a method of this class; it leaves errno alone. The rest belongs
// to the server's thread.
#pragma once

#include <atomic>

#include "eagain/sys/sys.h"
#include "eagain/sys/unique_fd.h"

namespace eagain {

class Stop {
 public:
  // Throws SysError when there is no eventfd to be had. `sys` outlives this object.
  explicit Stop(Sys& sys);

  // Asks the server to stop. Asking again changes nothing. Async-signal-safe.
  void request() noexcept;

  bool requested() const noexcept { return requested_.load(); }

  // In a child process: the event is the parent's too, and is let go here. Whoever serves in the
  // child looks at requested(), or is woken by StopWakes.
  void let_go_of_event() { event_.reset(); }

  // Readable once the stop is requested. Never read from it: every loop that waits on it is to see
  // it.
  int fd() const { return event_.get(); }

 private:
  friend class StopWakes;

  Sys& sys_;
  UniqueFd event_;
  std::atomic<bool> requested_{false};
  // The descriptors to shut down, or -1; and how many request() are at it right now.
  std::atomic<int> listener_{-1};
  std::atomic<int> client_{-1};
  std::atomic<int> requests_under_way_{0};
  static_assert(std::atomic<int>::is_always_lock_free, "request() runs in signal handlers");
};

// While it lives, a stop request wakes the thread that blocks on `fd`. It must end before `fd` is
// closed. One listener and one client at a time.
class StopWakes {
 public:
  enum class What {
    kListener,  // shutdown(fd, SHUT_RDWR): accept fails with EINVAL
    kClient,    // shutdown(fd, SHUT_RD): recv returns what is there, then 0; sending goes on
  };

  StopWakes(Stop& stop, int fd, What what);
  StopWakes(const StopWakes&) = delete;
  StopWakes& operator=(const StopWakes&) = delete;
  ~StopWakes();

 private:
  Stop& stop_;
  std::atomic<int>& slot_;
};

}  // namespace eagain
