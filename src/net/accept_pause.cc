#include "eagain/net/accept_pause.h"

#include <algorithm>

#include "eagain/net/clock.h"

namespace eagain {

bool AcceptPause::begin() {
  const bool first = delay_ms_ == kFirstDelayMs;
  paused_ = true;
  ends_ns_ = NowNs(sys_) + delay_ms_ * kNsPerMs;
  delay_ms_ = std::min(delay_ms_ * 2, kLongestDelayMs);
  return first;
}

void AcceptPause::end_if_due() {
  if (paused_ && NowNs(sys_) >= ends_ns_) {
    paused_ = false;
  }
}

int AcceptPause::remaining_ms() const { return paused_ ? RemainingMs(sys_, ends_ns_) : -1; }

}  // namespace eagain
