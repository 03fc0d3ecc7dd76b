#include "eagain/net/stop.h"

#include <cassert>
#include <cerrno>
#include <cstdint>

#include "eagain/net/make_event.h"

namespace eagain {

namespace {

void ShutDown(Sys& sys, int fd, int how) {
  if (fd >= 0) {
    // ENOTCONN: the peer was faster, and the call that blocks has returned already.
    static_cast<void>(sys.shutdown(fd, how).ok());
  }
}

}  // namespace

Stop::Stop(Sys& sys) : sys_(sys), event_(MakeEvent(sys, "that a stop is told by")) {}

void Stop::request() noexcept {
  const int interrupted_errno = errno;
  ++requests_under_way_;
  if (!requested_.exchange(true)) {
    const uint64_t one = 1;
    // It cannot fail: the counter is 0, and nobody closes it. Were it to, a signal still ends the
    // wait with EINTR.
    static_cast<void>(sys_.write(event_.get(), &one, sizeof one).ok());
    // Loaded after the flag is set; whoever registers looks at the flag afterwards. One of the two
    // sees the other.
    ShutDown(sys_, listener_.load(), SHUT_RDWR);
    ShutDown(sys_, client_.load(), SHUT_RD);
  }
  --requests_under_way_;
  errno = interrupted_errno;
}

StopWakes::StopWakes(Stop& stop, int fd, What what)
    : stop_(stop), slot_(what == What::kListener ? stop.listener_ : stop.client_) {
  const int before = slot_.exchange(fd);
  assert(before == -1);
  static_cast<void>(before);
  if (stop_.requested()) {
    ShutDown(stop_.sys_, fd, what == What::kListener ? SHUT_RDWR : SHUT_RD);
  }
}

StopWakes::~StopWakes() {
  slot_.store(-1);
  // A request in another thread may hold the number still; were it closed now and given out again,
  // the request would shut down a stranger.
  while (stop_.requests_under_way_.load() != 0) {
    const timespec moment{.tv_sec = 0, .tv_nsec = 100'000};
    static_cast<void>(stop_.sys_.nanosleep(&moment, nullptr).ok());
  }
}

}  // namespace eagain
