// The monotonic clock of a Sys. See clock_gettime(2).
#pragma once

#include <cstdint>

#include "eagain/sys/sys.h"

namespace eagain {

constexpr int64_t kNsPerMs = 1'000'000;

// Nanoseconds since some fixed moment. CLOCK_MONOTONIC always answers on Linux; 0 if it did not.
inline int64_t NowNs(Sys& sys) {
  timespec now{};
  static_cast<void>(sys.clock_gettime(CLOCK_MONOTONIC, &now).ok());
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// What is left until `deadline_ns`, in ms, rounded up so that a wait of this length reaches it; 0
// when it has passed.
inline int RemainingMs(Sys& sys, int64_t deadline_ns) {
  const int64_t left_ns = deadline_ns - NowNs(sys);
  return left_ns <= 0 ? 0 : static_cast<int>((left_ns + kNsPerMs - 1) / kNsPerMs);
}

// Sleeps, or less if a signal comes.
inline void SleepMs(Sys& sys, int duration_ms) {
  const timespec duration{.tv_sec = duration_ms / 1000, .tv_nsec = (duration_ms % 1000) * kNsPerMs};
  static_cast<void>(sys.nanosleep(&duration, nullptr).ok());
}

}  // namespace eagain
