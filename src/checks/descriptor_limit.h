// Room for many clients: RLIMIT_NOFILE of this process and of the server, getrlimit(2).
#pragma once

#include <cstdint>

#include "eagain/checks/context.h"

namespace eagain::checks {

// Sees to it that this process may have `clients` connections at once and that the server may too:
// raises the own soft limit as far as needed, and starts the server anew with a limit to match.
// Throws Skip when the hard limit forbids it. No client is connected when it is called.
awaitable<void> MakeRoomForClients(Context& ctx, uint64_t clients);

}  // namespace eagain::checks
