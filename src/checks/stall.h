// Clients that do not read, so that the sockets between them and the server fill up.
#pragma once

#include <cstdint>

#include "eagain/checks/context.h"

namespace eagain::checks {

// What a stalled client sends at most. The sockets between it and the server hold less, so that the
// rest has to wait in the server, or with the client when the server stopped reading.
inline constexpr uint64_t kMoreThanSocketsHold = 512 * 1024;

// A client whose own sockets hold little: what it sends is soon the server's to keep.
PeerOptions Stallable();

// The client reads nothing and sends until nothing moves any more, or kMoreThanSocketsHold is sent.
awaitable<void> Stall(Peer& peer);

// What the client sent of its pattern and did not get back yet.
uint64_t Owed(const Peer& peer);
// It gets all of that.
awaitable<void> ExpectAllOwed(Peer& peer);

// It sends so many bytes more while it reads all that it is owed, these included.
awaitable<void> SendWhileDraining(Context& ctx, Peer& peer, uint64_t bytes);
// It reads what the kernel has for it, and on while more follows at once. So it may be called while
// the server is stopped.
awaitable<void> DrainKernel(Peer& peer);

}  // namespace eagain::checks
