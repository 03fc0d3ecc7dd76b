#include "eagain/servers/receive_buffers.h"

#include <algorithm>
#include <cassert>

namespace eagain {

ReceiveBuffers::ReceiveBuffers(Ring& ring, size_t bytes, bool may_provide)
    : ring_(ring), bytes_(bytes) {
  provided_ = may_provide && ring.provide_buffers(kCount, bytes).ok();
  if (!provided_) {
    memory_.reset(new char[kCount * bytes]);
  }
  for (int number = 0; number < static_cast<int>(kCount); ++number) {
    // Its pages come now, and not one after the other with clients that happen to fill it: from
    // outside that looks like a leak.
    std::ranges::fill((*this)[number], '\0');
    give_back(number);
  }
}

int ReceiveBuffers::take() {
  assert(!provided_ && free_count_ > 0);
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
