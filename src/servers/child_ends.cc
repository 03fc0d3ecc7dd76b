#include "eagain/servers/child_ends.h"

#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdint>

#include "eagain/net/make_event.h"

namespace eagain {

std::atomic<int> ChildEnds::told_{-1};

// A handler may interrupt any call, a decorator's of Sys too: so this is the kernel's own write.
void ChildEnds::OnSignal(int) {
  const int interrupted_errno = errno;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(told_.load(), &one, sizeof one);
  errno = interrupted_errno;
}

ChildEnds::ChildEnds(Sys& sys)
    : sys_(sys), event_(MakeEvent(sys, "that the end of child processes is told by")) {
  [[maybe_unused]] const int before = told_.exchange(event_.get());
  assert(before == -1);
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
  static_cast<void>(sys.sigaction(SIGCHLD, &action, &before_).ok());
}

ChildEnds::~ChildEnds() {
  static_cast<void>(sys_.sigaction(SIGCHLD, &before_, nullptr).ok());
  told_ = -1;
}

void ChildEnds::clear() {
  uint64_t count = 0;
  static_cast<void>(sys_.read(event_.get(), &count, sizeof count).ok());
}

void ChildEnds::let_go() {
  told_ = -1;
  event_.reset();
}

}  // namespace eagain
