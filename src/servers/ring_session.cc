#include "eagain/servers/ring_session.h"

#include <cassert>
#include <cerrno>
#include <utility>

namespace eagain {

RingSession::Step RingSession::next() const {
  if (sending != Sending::kNothing) {
    return Step::kWait;
  }
  if (phase_ == Phase::kFinished) {
    if (awaits_receive()) {
      return cancelling ? Step::kWait : Step::kCancel;
    }
    return Step::kRemove;
  }
  if (!rest_.empty()) {
    return Step::kSendWaiting;
  }
  if (!unsent_.empty()) {
    return Step::kSendAtOnce;
  }
  if (receiving != Receiving::kNothing) {
    return Step::kWait;
  }
  switch (phase_) {
    case Phase::kFlushing:
      return Step::kRemove;
    case Phase::kLeaving:
    case Phase::kClosing:
      return Step::kShutDown;
    default:
      return Step::kReceive;
  }
}

bool RingSession::received(int buffer, std::span<const char> bytes, bool more) {
  if (!more) {
    receive_ended();
  }
  if (lingers() || phase_ == Phase::kFinished) {
    return false;
  }
  if (phase_ == Phase::kLeaving) {
    phase_ = Phase::kClosing;
  }
  if (owes()) {
    later_.append(bytes);
    return false;
  }
  held_ = buffer;
  unsent_ = bytes;
  return true;
}

void RingSession::received_end() {
  receive_ended();
  phase_ = lingers() || phase_ == Phase::kFinished ? Phase::kFinished : Phase::kFlushing;
}

void RingSession::receive_failed(int error) {
  receive_ended();
  if (error == ECANCELED && phase_ == Phase::kLeaving) {
    phase_ = Phase::kFinished;
  } else if (error != ECANCELED && error != EAGAIN && error != EINTR) {
    end(error);
  }
}

bool RingSession::found_no_buffer() {
  receive_ended();
  if (owes() || phase_ == Phase::kFinished) {
    return false;
  }
  receiving = Receiving::kHungry;
  return true;
}

void RingSession::sent(size_t count) {
  sending = Sending::kNothing;
  if (phase_ == Phase::kFinished) {
    return;  // and owes nothing
  }
  if (rest_.empty()) {
    unsent_ = unsent_.subspan(count);
  } else {
    rest_.pop(count);
  }
  keep_unsent();
}

void RingSession::send_failed(int error) {
  sending = Sending::kNothing;
  if (error == EAGAIN || error == EINTR || error == ECANCELED) {
    keep_unsent();
  } else {
    end(error);
  }
}

int RingSession::free_buffer() {
  return unsent_.empty() && sending == Sending::kNothing ? std::exchange(held_, -1) : -1;
}

void RingSession::finish() {
  if (phase_ == Phase::kEchoing) {
    phase_ = owes() ? Phase::kClosing : Phase::kLeaving;
  }
  if (receiving == Receiving::kHungry) {
    receiving = Receiving::kNothing;
  }
}

void RingSession::receive_ended() {
  receiving = Receiving::kNothing;
  cancelling = false;
}

// The kernel takes no more for now: copied, so that the buffer is free. What came later comes next.
void RingSession::keep_unsent() {
  rest_.append(std::exchange(unsent_, {}));
  if (rest_.empty()) {
    rest_ = std::exchange(later_, {});
  }
}

void RingSession::end(int error) {
  error_ = phase_ == Phase::kFinished ? error_ : error;
  phase_ = Phase::kFinished;
  unsent_ = {};
}

}  // namespace eagain
