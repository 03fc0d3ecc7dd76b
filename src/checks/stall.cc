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

awaitable<void> SendUntilSomeWait(Context& ctx, Peer& peer, uint64_t in_socket) {
  constexpr uint64_t kBit = 16 * 1024;
  constexpr int kMostBits = 32;
  const uint64_t surely_room = in_socket - std::min(in_socket, 2 * kBit);
  bool taken = co_await peer.fill(surely_room) == surely_room;
  for (int bit = 0; bit < kMostBits && taken; ++bit) {
    taken = peer.send_pattern_now(kBit) > 0;
    co_await ctx.handled();
    if (WaitingInServer(ctx, peer) >= kBit / 2 || BothEndsOf(ctx, peer).unread_by_server() > 0) {
      co_return;
    }
  }
}

awaitable<void> ExpectAllOwed(Peer& peer) { co_await peer.expect_pattern(Owed(peer)); }

}  // namespace eagain::checks
