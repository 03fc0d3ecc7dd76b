#include "eagain/checks/clients.h"

#include <string>
#include <utility>

namespace eagain::checks {

awaitable<std::vector<Peer>> ConnectServed(Context& ctx, int count, PeerOptions options) {
  std::vector<Peer> peers;
  peers.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    Peer peer = co_await ctx.connect(options);
    co_await peer.round_trip("hello");
    peers.push_back(std::move(peer));
  }
  co_return peers;
}

awaitable<void> RoundTripOfAll(std::span<Peer> peers, size_t bytes) {
  for (Peer& peer : peers) {
    co_await peer.send_pattern(bytes);
  }
  for (Peer& peer : peers) {
    co_await peer.expect_pattern(bytes);
  }
}

}  // namespace eagain::checks
