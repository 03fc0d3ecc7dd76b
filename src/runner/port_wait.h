// A built-in port that servers, one after the other, have to share.
#pragma once

#include <chrono>
#include <cstdint>

namespace eagain::runner {

// Longer than TIME_WAIT lasts: tcp(7), 60 s.
inline constexpr std::chrono::seconds kPortPatience{75};

// Returns once a server can bind the port whether or not it sets SO_REUSEADDR: no socket of this
// network has it. Throws driver::HarnessError when that takes longer than kPortPatience.
void AwaitFreePort(uint16_t port);

}  // namespace eagain::runner
