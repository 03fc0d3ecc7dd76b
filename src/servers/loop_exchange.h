// LoopExchange: how the loops of one server share the clients out.
//
// With SO_REUSEPORT the kernel deals connections to listeners by a hash of their addresses: that is
// even for thousands of them, and anything but that for eight. So whoever accepts passes a newcomer
// on to the loop that has the fewest clients, if that is another one.
//
// Thread-safety: everything may be called from all loops.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "eagain/sys/unique_fd.h"

namespace eagain {

class LoopExchange {
 public:
  // Throws SysError when there are no eventfds to be had. `sys` outlives this object.
  LoopExchange(Sys& sys, size_t loops);

  // Readable while newcomers wait for `loop` that others have passed on.
  int inbox_fd(size_t loop) const { return inboxes_[loop]->event.get(); }
  std::vector<UniqueFd> collect(size_t loop);

  // `loop` has accepted a client: it comes back if it is to stay there, and is counted wherever it
  // goes.
  UniqueFd place(size_t loop, UniqueFd client);
  // A client of `loop` has left.
  void left(size_t loop) { --inboxes_[loop]->clients; }

 private:
  struct Inbox {
    explicit Inbox(UniqueFd made) : event(std::move(made)) {}

    UniqueFd event;
    std::atomic<size_t> clients{0};  // those that wait here included
    std::mutex mutex;                // guards `newcomers`; no system call is made under it
    std::vector<UniqueFd> newcomers;
  };

  Sys& sys_;
  std::vector<std::unique_ptr<Inbox>> inboxes_;
};

}  // namespace eagain
