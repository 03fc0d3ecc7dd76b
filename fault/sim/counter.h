// eventfd(2): a counter that can be waited for. Written by who has an event to tell (Linux: each
// write is an edge, each read too).
#pragma once

#include <cstdint>

#include "eagain/fault/sim/file.h"

namespace eagain::sim {

class Counter final : public File {
 public:
  Counter() : File(Kind::kCounter) {}

  uint32_t readiness() override {
    return (count > 0 ? uint32_t{EPOLLIN} : 0) | (count < kMost ? uint32_t{EPOLLOUT} : 0);
  }

  using File::begin_anew;

  static constexpr uint64_t kMost = UINT64_MAX - 1;
  uint64_t count = 0;
  bool semaphore = false;
};

}  // namespace eagain::sim
