#include "eagain/checks/stall.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace eagain::checks {
namespace {

// Bytes in the client's receive buffer: tcp(7), SIOCINQ.
uint64_t Readable(const Peer& peer) {
  int bytes = 0;
  return ::ioctl(peer.native_handle(), SIOCINQ, &bytes) == 0 ? static_cast<uint64_t>(bytes) : 0;
}

}  // namespace

PeerOptions Stallable() {
  PeerOptions options = PeerOptions::tiny();
  options.send_buffer = 16 * 1024;
  return options;
}

awaitable<void> Stall(Peer& peer) { static_cast<void>(co_await peer.fill(kMoreThanSocketsHold)); }

uint64_t Owed(const Peer& peer) { return peer.pattern_sent() - peer.pattern_received(); }

awaitable<void> SendWhileDraining(Context& ctx, Peer& peer, uint64_t bytes) {
  const uint64_t owed = Owed(peer) + bytes;
  std::vector<awaitable<void>> both;
  both.push_back(peer.send_pattern(bytes));
  both.push_back(peer.expect_pattern(owed));
  co_await ctx.all(std::move(both));
}

awaitable<void> DrainKernel(Peer& peer) {
  while (const uint64_t bytes = std::min(Readable(peer), Owed(peer))) {
    co_await peer.expect_pattern(bytes);
  }
}

awaitable<void> ExpectAllOwed(Peer& peer) { co_await peer.expect_pattern(Owed(peer)); }

}  // namespace eagain::checks
