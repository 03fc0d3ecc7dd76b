// Which of a server's threads serve its clients, told from how often each came to run while one
// client after the other was served. So the helpers of a run-time (garbage collection, compilation,
// timers), which come to run now and then, are not taken for servers.
#pragma once

#include <span>
#include <string>

#include "eagain/checks/context.h"

namespace eagain::checks {

// Serves each client by itself for a while and throws Failure unless one thread, and the same one,
// serves them all. Throws Skip where the kernel does not count how often a thread runs (schedstat).
awaitable<void> ExpectOneServingThread(Context& ctx, std::span<Peer> peers);

}  // namespace eagain::checks
