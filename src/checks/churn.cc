#include "eagain/checks/churn.h"

#include <array>
#include <utility>
#include <vector>

#include "eagain/checks/clients.h"
#include "eagain/checks/stall.h"

namespace eagain::checks {
namespace {

// After each one that is gone before it is served comes one that is: so no backlog, however small,
// runs over.
constexpr std::array kTurns = {
    Leaving::kAtOnce,    Leaving::kClose, Leaving::kReset,  Leaving::kAtOnceReset,
    Leaving::kHalfClose, Leaving::kReset, Leaving::kUnread, Leaving::kReset,
};

}  // namespace

awaitable<void> ComeAndGo(Context& ctx, Leaving way) {
  Peer peer = co_await ctx.connect();
  switch (way) {
    case Leaving::kClose:
      co_await peer.round_trip("hello");
      peer.close();
      break;
    case Leaving::kHalfClose:
      co_await peer.round_trip("hello");
      peer.half_close();
      co_await ExpectEnd(ctx, peer);
      peer.close();
      break;
    case Leaving::kReset:
      co_await peer.round_trip("hello");
      peer.reset();
      break;
    case Leaving::kUnread:
      peer.send_now("never read");
      peer.close();
      break;
    case Leaving::kAtOnce:
      peer.close();
      break;
    case Leaving::kAtOnceReset:
      peer.reset();
      break;
  }
}

awaitable<int> Churn(Context& ctx, int clients, std::chrono::milliseconds long_enough) {
  const auto start = ctx.patience().fair_time();
  const auto goes_on = [&](int came) {
    return came + 1 < clients && (came < static_cast<int>(kTurns.size()) ||
                                  ctx.patience().fair_time() - start < long_enough);
  };
  int came = 0;
  for (; goes_on(came); ++came) {
    co_await ComeAndGo(ctx, kTurns[static_cast<size_t>(came) % kTurns.size()]);
  }
  co_await ComeAndGo(ctx, Leaving::kClose);
  co_return came + 1;
}

awaitable<void> StallAndReset(Context& ctx) {
  Peer peer = co_await ctx.connect(Stallable());
  static_cast<void>(co_await peer.fill(1536 * 1024));
  peer.reset();
}

}  // namespace eagain::checks
