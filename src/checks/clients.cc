#include "eagain/checks/clients.h"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "eagain/checks/both_ends.h"
#include "eagain/checks/slow_server.h"
#include "eagain/driver/descriptors.h"
#include "eagain/driver/wording.h"

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

// "; the server still has the connection open: descriptor 4 of its first process"; "" where nobody is
// seen to have it.
std::string WhoHasItOpen(Context& ctx, const Peer& peer) {
  const auto end = BothEndsOf(ctx, peer).server;
  if (!end || end->inode == 0) {
    return {};
  }
  const pid_t first = ctx.server().pid();
  std::vector<std::string> holders;
  for (const driver::Held& held : driver::HoldersOf(first, end->inode)) {
    holders.push_back(
        fmt::format("descriptor {} of {}", held.fd,
                    held.pid == first ? "its first process" : fmt::format("process {}", held.pid)));
  }
  return holders.empty() ? std::string()
                         : "; the server still has the connection open: " + driver::Joined(holders);
}

}  // namespace

awaitable<std::vector<Peer>> ConnectServed(Context& ctx, int count, PeerOptions options) {
  co_return co_await Connect(ctx, count, options, [](int) {});
}

awaitable<void> RoundTripOfAll(std::span<Peer> peers, size_t bytes) {
  co_await RoundTrips(peers, bytes, [](int) {});
}

awaitable<void> ExpectEnd(Context& ctx, Peer& peer) {
  try {
    co_await peer.expect_eof();
  } catch (const Failure& failure) {
    if (!peer.waited_in_vain()) {
      throw;
    }
    throw Failure(failure.expected(), failure.actual() + WhoHasItOpen(ctx, peer));
  }
}

awaitable<void> ServeAll(Context& ctx, int count, const std::vector<size_t>& rounds) {
  const Count served = [&](int done) { ctx.tell_progress(done, count, "clients served"); };
  served(0);
  const Gathering gathering(ctx, static_cast<uint64_t>(count));
  std::vector<Peer> peers = co_await Connect(ctx, count, {}, [&](int done) {
    served(done);
    gathering.have(static_cast<uint64_t>(done));
  });
  for (const size_t bytes : rounds) {
    served(0);
    co_await RoundTrips(peers, bytes, served);
  }
}

}  // namespace eagain::checks
