// What a server makes of a wait that failed.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>

#include "eagain/net/clock.h"
#include "eagain/sys/sys_error.h"

namespace eagain {

// Interrupted: the wait can be repeated at once. For want of memory: after a moment, which passes
// here. Anything else cannot be lived with: throws SysError.
inline void SurviveWaitError(Sys& sys, std::string_view wait_call, int errno_value) {
  constexpr int kRetryMs = 10;
  if (errno_value == ENOMEM || errno_value == EAGAIN) {
    SleepMs(sys, kRetryMs);
  } else if (errno_value != EINTR) {
    throw SysError(std::string(wait_call), errno_value);
  }
}

}  // namespace eagain
