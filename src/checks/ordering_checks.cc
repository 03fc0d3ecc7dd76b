#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "eagain/checks/both_ends.h"
#include "eagain/checks/check.h"
#include "eagain/checks/clients.h"
#include "eagain/checks/context.h"
#include "eagain/checks/evidence.h"
#include "eagain/checks/slow_server.h"
#include "eagain/checks/stall.h"
#include "eagain/checks/waits.h"

namespace eagain::checks {
namespace {

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;

awaitable<void> Backpressure(Context& ctx) {
  constexpr uint64_t kTotal = 32 * kMiB;
  constexpr uint64_t kByGulps = 30 * kMiB;
  constexpr uint64_t kGulp = 4 * kMiB;
  constexpr uint64_t kSip = 64 * kKiB;
  Peer peer = co_await ctx.connect();
  const SlowServer slow(ctx);
  // It reads only when nothing moves any more.
  while (peer.pattern_sent() < kByGulps) {
    static_cast<void>(co_await peer.fill(kByGulps - peer.pattern_sent()));
    const uint64_t goal = peer.pattern_received() + std::min(kGulp, Owed(peer));
    while (peer.pattern_received() < goal && !slow.is_it()) {
      co_await peer.expect_pattern(std::min(kSip, goal - peer.pattern_received()));
    }
    if (slow.is_it()) {
      slow.note();
      co_return;
    }
  }
  co_await SendWhileDraining(ctx, peer, kTotal - kByGulps);
}

awaitable<void> ResumeAfterStall(Context& ctx) {
  Peer peer = co_await ctx.connect(Stallable());
  co_await Stall(ctx, peer);
  co_await ExpectAllOwed(peer);
  co_await peer.exchange_pattern(kKiB);
}

// A stop would make a send short that waits for room (signal(7), "Interruption of system calls"), and
// who waits in it reads nothing meanwhile.
awaitable<bool> SendsByWaiting(Context& ctx) {
  const auto calls = co_await CallsAtRest(ctx);
  co_return std::any_of(calls.begin(), calls.end(), Sends);
}

// New bytes come while older ones wait, again and again, and there is always some room for them.
awaitable<void> SendBesideWaiting(Context& ctx, Peer& peer, uint64_t in_socket) {
  constexpr int kRounds = 5;
  constexpr uint64_t kNew = 2000;
  co_await SendUntilSomeWait(ctx, peer, in_socket);
  // The server wakes up to new bytes, with older ones in its queue and room in its socket: if it
  // sends the new ones at once, they overtake. At first the room is too little for the kernel to
  // call the socket writable (a third of it), so that the order in which the server handles
  // events does not matter; then it is told both.
  const auto make_room_and_send = [&]() -> awaitable<void> {
    co_await DrainKernel(peer, in_socket / 8);
    peer.send_pattern_now(kNew);
  };
  for (int round = 0; round < kRounds; ++round) {
    if (co_await SendsByWaiting(ctx)) {
      co_await make_room_and_send();
    } else {
      co_await ctx.frozen(make_room_and_send);
    }
    co_await ctx.handled();
  }
  co_await SendWhileDraining(ctx, peer, 512 * kKiB);
}

awaitable<void> QueuedBeforeNew(Context& ctx) {
  const uint64_t in_socket = co_await SocketHolds(ctx);
  Peer peer = co_await ctx.connect(Stallable());
  try {
    co_await SendBesideWaiting(ctx, peer, in_socket);
  } catch (const Failure& failure) {
    throw Failure("what waits is sent before what is read later: " + failure.expected(),
                  failure.actual());
  }
}

// Bytes and FIN reach the server in one go, before it looks.
awaitable<void> FinBehindBytes(Context& ctx, uint64_t bytes) {
  Peer peer = co_await ctx.connect();
  co_await ctx.frozen([&]() -> awaitable<void> {
    peer.send_pattern_now(bytes);
    peer.half_close();
    co_return;
  });
  co_await ctx.handled();
  co_await ExpectAllOwed(peer);
  co_await peer.expect_eof();
}

// The FIN comes once the server has answered, and before the client has read.
awaitable<void> FinAfterAnswer(Context& ctx, uint64_t bytes) {
  Peer peer = co_await ctx.connect();
  peer.send_pattern_now(bytes);
  co_await ctx.handled();
  peer.half_close();
  co_await ctx.handled();
  co_await ExpectAllOwed(peer);
  co_await peer.expect_eof();
}

awaitable<void> HalfCloseFlush(Context& ctx) {
  // At most what the two sockets hold while nobody reads.
  for (const uint64_t bytes : {uint64_t{1}, 3 * kKiB, 60 * kKiB}) {
    co_await FinBehindBytes(ctx, bytes);
    co_await FinAfterAnswer(ctx, bytes);
  }
}

awaitable<void> ExpectFlushAtFin(Context& ctx, Peer& peer) {
  peer.half_close();
  co_await ctx.handled();
  co_await ExpectAllOwed(peer);
  co_await peer.expect_eof();
}

awaitable<void> HalfCloseUnderBackpressure(Context& ctx) {
  uint64_t in_socket = 0;
  {
    Peer peer = co_await ctx.connect(Stallable());
    co_await Stall(ctx, peer);
    in_socket = BothEndsOf(ctx, peer).unread_by_client();
    co_await ExpectFlushAtFin(ctx, peer);
  }
  // A server with a bounded queue stopped reading in front of that FIN. It meets this one while it
  // still reads, and has bytes to send.
  Peer peer = co_await ctx.connect(Stallable());
  co_await SendUntilSomeWait(ctx, peer, in_socket);
  co_await ExpectFlushAtFin(ctx, peer);
}

awaitable<void> InterleavedStalls(Context& ctx) {
  constexpr int kClients = 4;
  constexpr uint64_t kSip = 16 * kKiB;
  auto peers = co_await ConnectServed(ctx, kClients, Stallable());
  std::vector<awaitable<void>> stalls;
  for (Peer& peer : peers) {
    stalls.push_back(Stall(ctx, peer));
  }
  co_await ctx.all(std::move(stalls));
  for (int turn = 0; turn < 4; ++turn) {
    for (Peer& peer : peers) {
      co_await peer.expect_pattern(std::min(kSip, Owed(peer)));
    }
  }
  std::vector<awaitable<void>> rest;
  for (Peer& peer : peers) {
    rest.push_back(ExpectAllOwed(peer));
  }
  co_await ctx.all(std::move(rest));
  co_await RoundTripOfAll(peers, kKiB);
}

// Looked at after each part: to take it all may cost a server whose queue grows a time that grows
// with the square of it.
awaitable<void> BoundedQueue(Context& ctx) {
  constexpr uint64_t kMost = 64 * kMiB;
  constexpr uint64_t kPart = kMiB;
  constexpr uint64_t kAllowed = 16 * kMiB;
  Peer peer = co_await ctx.connect();
  co_await peer.round_trip("hello");
  co_await ctx.handled();
  const uint64_t before = ctx.sample().rss_bytes();
  const auto expect_bounded = [&] {
    const uint64_t now = ctx.sample().rss_bytes();
    if (now > before + kAllowed && WaitingInServer(ctx, peer) > kAllowed) {
      throw Failure(
          "the server stops reading from a client that does not read, or grows by at most " +
              MemorySize(kAllowed),
          fmt::format("it took {} that the client sent, and grew from {} to {}",
                      MemorySize(peer.pattern_sent()), MemorySize(before), MemorySize(now)));
    }
  };
  const SlowServer slow(ctx);
  // One that reads on a timer takes a rest between two ticks: once with nothing is not yet an end.
  for (int refusals = 0; refusals < 3 && peer.pattern_sent() < kMost;) {
    const uint64_t taken = co_await peer.fill(kPart);
    refusals = taken > 0 ? 0 : refusals + 1;
    if (taken == 0) {
      co_await ctx.patience().pass(std::chrono::milliseconds(50));
    }
    expect_bounded();
    if (slow.is_it() && WaitingInServer(ctx, peer) < kMiB) {
      slow.note();
      co_return;
    }
  }
  co_await ctx.handled();
  expect_bounded();
}

constexpr Check kOrderingChecks[] = {
    {.id = "ordering/backpressure",
     .level = Level::kMust,
     .requirement = "32 MiB through a slow reader: every byte comes back, in order",
     .why =
         "send takes only as much as there is room for: with a slow reader that is often less than "
         "asked.",
     .source = "send(2), EAGAIN",
     .run = Backpressure},
    {.id = "ordering/resume-after-stall",
     .level = Level::kMust,
     .requirement = "a client stalls until the server's socket is full, then reads: every byte "
                    "comes, in order",
     .why = "What waits in the server has to be sent when there is room, without new input.",
     .source = "epoll(7), poll(2), POLLOUT",
     .run = ResumeAfterStall},
    {.id = "ordering/queued-before-new",
     .level = Level::kMust,
     .requirement = "bytes that are read later never overtake bytes that wait",
     .why =
         "A stream in which two parts have changed places is broken, and nothing tells the client.",
     .source = "RFC 9293, section 3.4",
     .run = QueuedBeforeNew},
    {.id = "ordering/half-close-flush",
     .level = Level::kMust,
     .requirement =
         "after the client's SHUT_WR, all that it is owed comes, then the end of the stream",
     .why = "A client that says `that was all` and then reads is owed the answer.",
     .source = "shutdown(2); RFC 9293, section 3.6",
     .run = HalfCloseFlush},
    {.id = "ordering/half-close-under-backpressure",
     .level = Level::kMust,
     .requirement =
         "after SHUT_WR with a full socket, all that waits comes, then the end of the stream",
     .why = "The end of the input is not the end of the output: closing too early cuts it off.",
     .source = "recv(2), return value 0; RFC 9293, section 3.6",
     .run = HalfCloseUnderBackpressure},
    {.id = "ordering/interleaved-stalls",
     .level = Level::kMust,
     .requirement = "several stalled clients resume, each with its own bytes, in order",
     .why = "Each connection needs its own queue and its own wish to be told about room.",
     .source = "epoll_ctl(2)",
     .run = InterleavedStalls},
    {.id = "ordering/bounded-queue",
     .level = Level::kShould,
     .requirement = "a client that never reads costs the server a bounded amount of memory",
     .why =
         "What a client does not read waits somewhere: without a bound, one client takes it all.",
     .source = "RFC 9293, section 3.8.6",
     .run = BoundedQueue},
};

}  // namespace

std::span<const Check> OrderingChecks() { return kOrderingChecks; }

}  // namespace eagain::checks
