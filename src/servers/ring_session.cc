#include "eagain/servers/ring_session.h"

#include <cassert>
#include <cerrno>
#include <utility>

namespace eagain {

RingSession::Step RingSession::next() const {
  assert(under_way == UnderWay::kNothing);
  if (phase_ == Phase::kFinished) {
    return Step::kRemove;
  }
  if (!rest_.empty()) {
    return Step::kSendWaiting;
  }
  if (!unsent_.empty()) {
    return Step::kSendAtOnce;
  }
  switch (phase_) {
    case Phase::kFlushing:
      return Step::kRemove;
    case Phase::kClosing:
      return Step::kShutDown;
    default:
      return Step::kReceive;
  }
}

void RingSession::received(int buffer, std::span<const char> bytes) {
  assert(held_ < 0);
  under_way = UnderWay::kNothing;
  held_ = buffer;
  if (!lingers()) {
    unsent_ = bytes;
  }
}

void RingSession::received_end() {
  under_way = UnderWay::kNothing;
  phase_ = lingers() ? Phase::kFinished : Phase::kFlushing;
}

void RingSession::receive_failed(int error) {
  under_way = UnderWay::kNothing;
  if (error == ECANCELED && phase_ == Phase::kClosing) {
    phase_ = Phase::kFinished;  // nothing was going on
  } else if (error != ECANCELED && error != EAGAIN && error != EINTR) {
    end(error);
  }
}

void RingSession::sent(size_t count) {
  under_way = UnderWay::kNothing;
  if (!rest_.empty()) {
    rest_.pop(count);
    return;
  }
  unsent_ = unsent_.subspan(count);
  keep_unsent();
}

void RingSession::send_failed(int error) {
  under_way = UnderWay::kNothing;
  if (error == EAGAIN || error == EINTR || error == ECANCELED) {
    keep_unsent();
  } else {
    end(error);
  }
}

int RingSession::free_buffer() { return unsent_.empty() ? std::exchange(held_, -1) : -1; }

void RingSession::finish() {
  if (phase_ == Phase::kEchoing) {
    phase_ = Phase::kClosing;
  }
  if (under_way == UnderWay::kHungry) {
    under_way = UnderWay::kNothing;
  }
}

// The kernel takes no more for now: copied, so that the buffer is free.
void RingSession::keep_unsent() { rest_.append(std::exchange(unsent_, {})); }

void RingSession::end(int error) {
  error_ = error;
  phase_ = Phase::kFinished;
  unsent_ = {};
}

}  // namespace eagain
