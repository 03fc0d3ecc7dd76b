#include "eagain/checks/stall.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "eagain/checks/both_ends.h"

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

uint64_t WaitingInServer(Context& ctx, const Peer& peer) {
  const BothEnds ends = BothEndsOf(ctx, peer);
  const uint64_t elsewhere = ends.unread_by_server() + ends.unread_by_client();
  return Owed(peer) - std::min(Owed(peer), elsewhere);
}

awaitable<void> Stall(Context& ctx, Peer& peer) {
  constexpr uint64_t kPart = 256 * 1024;
  constexpr uint64_t kMost = 32 * kPart;  // a server may have asked for a large buffer
  while (peer.pattern_sent() < kMost) {
    if (co_await peer.fill(kPart) < kPart) {
      co_return;
    }
    co_await ctx.handled();
    if (WaitingInServer(ctx, peer) >= kPart) {
      co_return;
    }
  }
}

uint64_t Owed(const Peer& peer) { return peer.pattern_sent() - peer.pattern_received(); }

awaitable<void> SendWhileDraining(Context& ctx, Peer& peer, uint64_t bytes) {
  const uint64_t owed = Owed(peer) + bytes;
  std::vector<awaitable<void>> both;
  both.push_back(peer.send_pattern(bytes));
  both.push_back(peer.expect_pattern(owed));
  co_await ctx.all(std::move(both));
}

awaitable<void> DrainKernel(Peer& peer, uint64_t most) {
  const uint64_t goal = peer.pattern_received() + std::min(most, Owed(peer));
  while (const uint64_t bytes = std::min(Readable(peer), goal - peer.pattern_received())) {
    co_await peer.expect_pattern(bytes);
  }
}

awaitable<uint64_t> SocketHolds(Context& ctx) {
  Peer peer = co_await ctx.connect(Stallable());
  co_await Stall(ctx, peer);
  const uint64_t bytes = BothEndsOf(ctx, peer).unread_by_client();
  peer.reset();
  co_return bytes;
}

namespace {

bool HasStoppedReading(Context& ctx, const Peer& peer) {
  const auto end = BothEndsOf(ctx, peer).server;
  return end && end->rx_queue > 0;
}

// False once the server has stopped reading, or takes no more. The kernel may give a full socket more
// room as soon as the next segment comes, and let the server send what waited: only what still waits
// behind two more segments is there to stay.
awaitable<bool> AddUntilSomeWait(Context& ctx, Peer& peer) {
  constexpr uint64_t kBit = 8 * 1024;
  constexpr uint64_t kLess = 1024;
  constexpr int kMostBits = 256;
  constexpr int kLooks = 3;
  int waited = 0;
  for (int bit = 0; bit < kMostBits; ++bit) {
    co_await ctx.handled();
    if (HasStoppedReading(ctx, peer)) {
      co_return false;
    }
    waited = WaitingInServer(ctx, peer) > 0 ? waited + 1 : 0;
    if (waited == kLooks) {
      co_return true;
    }
    if (peer.send_pattern_now(waited > 0 ? kLess : kBit) == 0) {
      break;
    }
  }
  co_return false;
}

}  // namespace

awaitable<void> SendUntilSomeWait(Context& ctx, Peer& peer, uint64_t in_socket) {
  co_await peer.fill(in_socket / 2);
  const bool some = co_await AddUntilSomeWait(ctx, peer);
  if (!some) {
    // This socket may hold less than the other one did.
    co_await ExpectAllOwed(peer);
    static_cast<void>(co_await AddUntilSomeWait(ctx, peer));
  }
}

awaitable<void> ExpectAllOwed(Peer& peer) { co_await peer.expect_pattern(Owed(peer)); }

}  // namespace eagain::checks
