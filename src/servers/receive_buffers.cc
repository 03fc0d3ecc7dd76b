#include "eagain/servers/receive_buffers.h"

#include <algorithm>
#include <cassert>

namespace eagain {

ReceiveBuffers::ReceiveBuffers(Ring& ring, size_t bytes, bool may_provide)
    : ring_(ring), bytes_(bytes) {
  provided_ = may_provide && ring.provide_buffers(kMost, bytes).ok();
  if (!provided_) {
    memory_.reset(new char[kMost * bytes]);
  }
  offer(provided_ ? kFirst : kMost);
}

void ReceiveBuffers::offer(unsigned count) {
  for (; in_use_ < count; ++in_use_) {
    // Its pages come now, and not one after the other with clients that happen to fill it: from
    // outside that looks like a leak.
    std::ranges::fill((*this)[static_cast<int>(in_use_)], '\0');
    give_back(static_cast<int>(in_use_));
  }
}

void ReceiveBuffers::offer_more() { offer(std::min(2 * in_use_, kMost)); }

int ReceiveBuffers::take() {
  assert(!provided_ && any_free());
  --free_count_;
  const int number = free_.back();
  free_.pop_back();
  return number;
}

std::span<char> ReceiveBuffers::operator[](int number) {
  if (provided_) {
    return ring_.buffer(number);
  }
  return {memory_.get() + static_cast<size_t>(number) * bytes_, bytes_};
}

void ReceiveBuffers::give_back(int number) {
  ++free_count_;
  if (provided_) {
    ring_.give_back(number);
  } else {
    free_.push_back(number);
  }
}

}  // namespace eagain
