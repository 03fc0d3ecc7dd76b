// Faults of recv and send. What the kernel and a client can bring about by themselves is brought about by
// them; the injector does the rest.
#include <fmt/format.h>

#include <string>
#include <utility>

#include "eagain/checks/fault_checks.h"
#include "eagain/checks/fault_trial.h"
#include "eagain/checks/stall.h"

namespace eagain::checks {
awaitable<void> SendShort(Context& ctx) {
  const auto round = [](Context& with) { return ServeOne(with, 300); };
  Trial trial{.plan = "send short 1 on non-blocking client",
              .round = round,
              .rounds = 6,
              .enough = 1200,
              .calls = "send of more than a byte on a non-blocking descriptor"};
  co_await Try(ctx, std::move(trial));
}

awaitable<void> SendShortBlocking(Context& ctx) {
  const auto round = [](Context& with) { return ServeOne(with, 300); };
  Trial trial{.plan = "send short 1 on blocking client",
              .round = round,
              .rounds = 6,
              .enough = 1200,
              .calls = "send of more than a byte on a blocking descriptor"};
  co_await Try(ctx, std::move(trial));
}

awaitable<void> RecvShort(Context& ctx) {
  const auto round = [](Context& with) { return ServeOne(with, 300); };
  Trial trial{.plan = "recv short 1 on client",
              .round = round,
              .rounds = 6,
              .enough = 1200,
              .calls = "recv of more than a byte"};
  co_await Try(ctx, std::move(trial));
}

awaitable<void> RecvEagain(Context& ctx) {
  const auto round = [](Context& with) { return ServeOne(with, 20'000); };
  Trial trial{.plan = "recv EAGAIN on non-blocking client every 2 at most 100 times",
              .round = round,
              .calls = "recv on a non-blocking descriptor"};
  co_await Try(ctx, std::move(trial));
}

awaitable<void> SendEagain(Context& ctx) {
  const auto round = [](Context& with) { return ServeOne(with, 20'000); };
  Trial trial{.plan = "send EAGAIN on non-blocking client every 2 at most 100 times",
              .round = round,
              .calls = "send on a non-blocking descriptor"};
  co_await Try(ctx, std::move(trial));
}

namespace {

// The client's reset meets the server in its wait, or in recv: that says ECONNRESET.
awaitable<void> ResetFromOutside(Context& ctx) {
  for (const bool unread : {false, true}) {
    Peer peer = co_await ctx.connect();
    co_await peer.round_trip("hello");
    co_await ctx.handled();
    if (unread) {
      peer.send_now("bytes that are lost with the connection");
    }
    ctx.fault_happened(
        fmt::format("client {} resets its connection{} (SO_LINGER 0): recv says ECONNRESET",
                    peer.number(), unread ? " right behind its bytes" : ""));
    peer.reset();
    co_await ctx.expect_alive("a client's reset");
  }
}

// Sends until the connection has ended by the fault.
awaitable<void> TalkUntilItEnds(Context& ctx, size_t rule) {
  constexpr int kMost = 12;
  Peer peer = co_await ctx.connect();
  size_t accounted = Fired(ctx);
  const auto talk = [&]() -> awaitable<void> {
    for (int i = 0; i < kMost && Fired(ctx, rule) == 0; ++i) {
      co_await peer.round_trip("are you there?");
    }
  };
  const bool lasted = co_await Survives(ctx, talk, accounted);
  if (lasted && Fired(ctx, rule) > 0) {
    co_await peer.expect_closed();
  }
}

}  // namespace

awaitable<void> RecvReset(Context& ctx) {
  co_await ResetFromOutside(ctx);
  size_t next = 0;
  const auto round = [&next](Context& with) -> awaitable<void> {
    co_await TalkUntilItEnds(with, next++);
    co_await with.expect_alive("a connection that broke");
  };
  // The second client of each pair comes to see whether the server still serves.
  Trial trial{.plan = "recv ETIMEDOUT on client 1 at 2; recv EHOSTUNREACH on client 3 at 2",
              .round = round,
              .rounds = 2,
              .enough = 1,
              .calls = "second recv from a client"};
  co_await TryToo(ctx, std::move(trial));
}

awaitable<void> SendEpipe(Context& ctx) {
  // A reset after the client's FIN is EPIPE and not ECONNRESET.
  Peer stalled = co_await ctx.connect(Stallable());
  co_await Stall(ctx, stalled);
  stalled.half_close();
  co_await ctx.handled();
  ctx.fault_happened(
      fmt::format("client {}, for whom bytes wait, has ended its side and resets its "
                  "connection: send says EPIPE",
                  stalled.number()));
  stalled.reset();
  co_await ctx.expect_alive("FIN and reset of a client for whom bytes waited");

  // The first send to a socket that is closed is answered by a reset, and the next one says EPIPE.
  Peer hasty = co_await ctx.connect();
  co_await hasty.round_trip("hello");
  co_await ctx.frozen([&]() -> awaitable<void> {
    hasty.send_now(hasty.pattern().bytes(0, 60 * 1024));
    ctx.fault_happened(
        fmt::format("client {} sends much and closes without reading: the second "
                    "send says EPIPE",
                    hasty.number()));
    hasty.close();
    co_return;
  });
  co_await ctx.handled();
  co_await ctx.expect_alive("a client that closed without reading");
}

}  // namespace eagain::checks
