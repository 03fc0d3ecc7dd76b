#include "eagain/checks/clients.h"

#include <functional>
#include <string>
#include <utility>

namespace eagain::checks {

namespace {

// Told how many clients were served so far.
using Count = std::function<void(int)>;

awaitable<std::vector<Peer>> Connect(Context& ctx, int count, PeerOptions options,
                                     const Count& served) {
  std::vector<Peer> peers;
  peers.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    Peer peer = co_await ctx.connect(options);
    co_await peer.round_trip("hello");
    peers.push_back(std::move(peer));
    served(i + 1);
  }
  co_return peers;
}

awaitable<void> RoundTrips(std::span<Peer> peers, size_t bytes, const Count& served) {
  for (Peer& peer : peers) {
    co_await peer.send_pattern(bytes);
  }
  int count = 0;
  for (Peer& peer : peers) {
    co_await peer.expect_pattern(bytes);
    served(++count);
  }
}

}  // namespace

awaitable<std::vector<Peer>> ConnectServed(Context& ctx, int count, PeerOptions options) {
  co_return co_await Connect(ctx, count, options, [](int) {});
}

awaitable<void> RoundTripOfAll(std::span<Peer> peers, size_t bytes) {
  co_await RoundTrips(peers, bytes, [](int) {});
}

awaitable<void> ServeAll(Context& ctx, int count, const std::vector<size_t>& rounds) {
  const Count served = [&](int done) { ctx.tell_progress(done, count, "clients served"); };
  served(0);
  std::vector<Peer> peers = co_await Connect(ctx, count, {}, served);
  for (const size_t bytes : rounds) {
    served(0);
    co_await RoundTrips(peers, bytes, served);
  }
}

}  // namespace eagain::checks
