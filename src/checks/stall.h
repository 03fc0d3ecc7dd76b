// Clients that do not read, so that the sockets between them and the server fill up.
#pragma once

#include <cstdint>

#include "eagain/checks/context.h"

namespace eagain::checks {

// A client whose own sockets hold little: what it sends is soon the server's to keep.
PeerOptions Stallable();

// The client reads nothing and sends until some 256 KiB wait in the server itself, in no socket's
// buffer, or until nothing moves any more since the server has stopped reading. How much the
// server's socket holds differs: 80 KiB with a new kernel's caches, ten times as much later, when
// the kernel has learnt how fast the way to this client is (tcp_metrics).
awaitable<void> Stall(Context& ctx, Peer& peer);
// How much the server's and the client's socket hold of what comes back to such a client, if nobody
// reads it. Asks by stalling a client of its own.
awaitable<uint64_t> SocketHolds(Context& ctx);
// Sends until a few bytes wait in the server itself, or it has stopped reading: for the server there
// is then room on its own side, and none in the socket, which holds about `in_socket`.
awaitable<void> SendUntilSomeWait(Context& ctx, Peer& peer, uint64_t in_socket);
// What waits in the server itself: sent, and in no socket's buffer.
uint64_t WaitingInServer(Context& ctx, const Peer& peer);

// What the client sent of its pattern and did not get back yet.
uint64_t Owed(const Peer& peer);
// It gets all of that.
awaitable<void> ExpectAllOwed(Peer& peer);

// It sends so many bytes more while it reads all that it is owed, these included.
awaitable<void> SendWhileDraining(Context& ctx, Peer& peer, uint64_t bytes);
// It reads what the kernel has for it, at most so many bytes, and waits for none. So it may be
// called while the server is stopped.
awaitable<void> DrainKernel(Peer& peer, uint64_t most);

}  // namespace eagain::checks
