// Groups of clients, as many checks need them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "eagain/checks/context.h"

namespace eagain::checks {

// `count` clients, each of which gets a small echo before the next one comes. So never more than
// one connection waits to be accepted, and a server with a small backlog loses none to a SYN that
// the kernel repeats only a second later.
awaitable<std::vector<Peer>> ConnectServed(Context& ctx, int count, PeerOptions options = {});

// `count` clients as above, all connected at once; then RoundTripOfAll() once for each of `rounds`.
// Tells the context how many of them were served (Context::tell_progress). Throws Skip when the server
// is too slow for so many.
awaitable<void> ServeAll(Context& ctx, int count, const std::vector<size_t>& rounds);

// Every client sends the next `bytes` of its own pattern before any of them reads; then each must
// receive exactly that. At most a few KiB: nobody reads while all send.
awaitable<void> RoundTripOfAll(std::span<Peer> peers, size_t bytes);

// expect_eof(); when the end does not come, the failure says which processes of the server have the
// connection open.
awaitable<void> ExpectEnd(Context& ctx, Peer& peer);

}  // namespace eagain::checks
