// Whether a server that has nothing to do does nothing.
#pragma once

#include <string_view>

#include "eagain/checks/context.h"

namespace eagain::checks {

// All are watched in windows of 0.3 s; the first quiet one suffices, since a run-time may have
// something to tidy up, and a server that spins is quiet in none. `situation` begins the sentence of
// the failure: "with 50 idle clients connected".

// The server uses next to no CPU: less than 1 % of one, with no thread that wakes up 50 times a
// second or more.
awaitable<void> ExpectIdle(Context& ctx, std::string_view situation);

// No thread is at work all the time. To look again every few milliseconds is no spinning.
awaitable<void> ExpectNoSpin(Context& ctx, std::string_view situation);

// No thread is at work all the time, and none wakes up 200 times a second or more, as one does whose
// wait has a timeout of a few milliseconds.
awaitable<void> ExpectNoTicking(Context& ctx, std::string_view situation);

}  // namespace eagain::checks
