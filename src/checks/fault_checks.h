// The checks of the family fault, by what they do to the server: each of these finds out about one.
#pragma once

#include "eagain/checks/context.h"

namespace eagain::checks {

// tiny_send_buffer.cc
awaitable<void> TinySendBuffer(Context& ctx);

// stream_fault_checks.cc
awaitable<void> SendShort(Context& ctx);
awaitable<void> SendShortBlocking(Context& ctx);
awaitable<void> RecvShort(Context& ctx);
awaitable<void> RecvEagain(Context& ctx);
awaitable<void> SendEagain(Context& ctx);
awaitable<void> RecvReset(Context& ctx);
awaitable<void> SendEpipe(Context& ctx);

// accept_fault_checks.cc
awaitable<void> AcceptEagain(Context& ctx);
awaitable<void> AcceptEconnaborted(Context& ctx);
awaitable<void> AcceptEmfile(Context& ctx);

// wait_fault_checks.cc
awaitable<void> WaitEintr(Context& ctx);
awaitable<void> WaitReordered(Context& ctx);

// fault_sweep.cc
awaitable<void> FaultSweep(Context& ctx);

}  // namespace eagain::checks
