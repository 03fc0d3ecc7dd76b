// A socket with the least send buffer there is: real short sends, real EAGAIN and real edges.
#include <fmt/format.h>

#include <cstring>

#include "eagain/checks/both_ends.h"
#include "eagain/checks/fault_checks.h"
#include "eagain/checks/stall.h"
#include "eagain/driver/descriptors.h"
#include "eagain/driver/wording.h"
#include "eagain/fault/inject/outside.h"

namespace eagain::checks {
namespace {

using driver::Counted;

// The send buffer of the server's end of this connection is the least that the kernel gives: socket(7).
void ShrinkSendBuffer(Context& ctx, const Peer& peer) {
  const auto end = BothEndsOf(ctx, peer).server;
  const auto holders = driver::HoldersOf(ctx.server().pid(), end ? end->inode : 0);
  if (holders.empty()) {
    throw Skip("the server's descriptors may not be looked at here (/proc/PID/fd)");
  }
  const driver::Held& held = holders.front();
  if (const int error = fault::LeastSendBuffer(held.pid, held.fd)) {
    throw Skip(fmt::format("the server's sockets may not be set from here (pidfd_getfd(2)): {}",
                           std::strerror(error)));
  }
}

// It reads a little, lets the server act on the room that this made, and so on; then all the rest.
awaitable<void> ReadPaced(Context& ctx, Peer& peer) {
  constexpr int kParts = 6;
  constexpr uint64_t kPart = 3000;
  for (int part = 0; part < kParts && Owed(peer) > kPart; ++part) {
    co_await peer.expect_pattern(kPart);
    co_await ctx.handled();
  }
  co_await ExpectAllOwed(peer);
}

}  // namespace

awaitable<void> TinySendBuffer(Context& ctx) {
  Peer peer = co_await ctx.connect(Stallable());
  co_await peer.round_trip("hello");
  ShrinkSendBuffer(ctx, peer);
  ctx.fault_happened(fmt::format(
      "SO_SNDBUF of the server's socket for client {} is the kernel's least (pidfd_getfd)",
      peer.number()));
  co_await peer.fill(192 * 1024);
  if (WaitingInServer(ctx, peer) + BothEndsOf(ctx, peer).unread_by_server() == 0) {
    throw Skip("the kernel's least send buffer took all that was sent: no send was short");
  }
  ctx.transcript().note(fmt::format("{} are owed to client {}, of which the sockets hold {}",
                                    Counted(Owed(peer), "byte"), peer.number(),
                                    Counted(BothEndsOf(ctx, peer).unread_by_client(), "byte")));
  co_await ReadPaced(ctx, peer);
  co_await peer.fill(64 * 1024);
  peer.half_close();
  co_await ReadPaced(ctx, peer);
  co_await peer.expect_eof();
  peer.close();
  co_await ctx.expect_alive("a client that read slowly from a small socket");
}

}  // namespace eagain::checks
