#include "eagain/checks/aftermath.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace eagain::checks {
namespace {

using driver::EventKind;

// More than that are no picture.
constexpr size_t kMostClients = 16;

// One that waited in vain.
struct Waiting {
  Peer* client;
  bool accepted;
  bool answered = false;  // it got something, or the end
};

std::vector<Waiting> WhoWaits(Context& ctx) {
  std::vector<Waiting> waiting;
  for (Peer& client : ctx.left_open()) {
    const std::optional<bool> accepted = client.accepted();
    if (accepted == false) {
      ctx.transcript().add(client.number(), EventKind::kUnaccepted);
    }
    if (client.waited_in_vain() && client.is_open()) {
      waiting.push_back({&client, accepted.value_or(true)});
    }
  }
  return waiting;
}

// Whether all of them have got something, or the end.
bool LookAt(Context& ctx, std::vector<Waiting>& waiting) {
  for (Waiting& one : waiting) {
    if (!one.accepted && one.client->accepted() == true) {
      one.accepted = true;
      ctx.transcript().add(one.client->number(), EventKind::kAccept);
    }
    if (!one.answered) {
      const Peer::Arrived arrived = one.client->receive_now();
      one.answered = arrived.bytes > 0 || arrived.ended;
    }
  }
  return std::all_of(waiting.begin(), waiting.end(),
                     [](const Waiting& one) { return one.answered; });
}

driver::Milliseconds Scaled(int milliseconds, double scale) {
  return std::chrono::duration_cast<driver::Milliseconds>(
      std::chrono::duration<double, std::milli>(milliseconds * scale));
}

// Waits until all have got something, for a moment: of fair time, and where a loaded machine gives
// none, of any.
awaitable<void> Watch(Context& ctx, std::vector<Waiting>& waiting) {
  const double scale = ctx.patience().limits().scale;
  const auto end = std::chrono::steady_clock::now() + Scaled(5000, scale);
  const driver::PatienceLimits moment = {.quiet = Scaled(300, scale),
                                         .busy = Scaled(1000, scale),
                                         .unfair = Scaled(1000, scale),
                                         .scale = 1};
  static_cast<void>(co_await ctx.patience().until_within(
      moment, [&] { return LookAt(ctx, waiting) || std::chrono::steady_clock::now() > end; }));
}

}  // namespace

awaitable<void> WatchAftermath(Context& ctx) {
  ctx.transcript().add(0, EventKind::kVerdict, 0, "the check has failed");
  if (const auto end = ctx.server_end()) {
    ctx.transcript().add(0, EventKind::kExit, 0,
                         fmt::format("the {} has ended: {}", ctx.server().noun(), end->describe()));
    co_return;
  }
  std::vector<Peer>& open = ctx.left_open();
  if (open.size() > kMostClients || !ctx.has_server() || ctx.server().frozen()) {
    co_return;
  }
  std::sort(open.begin(), open.end(),
            [](const Peer& a, const Peer& b) { return a.number() < b.number(); });
  std::vector<Waiting> waiting = WhoWaits(ctx);
  if (waiting.empty() || waiting.size() == open.size()) {
    co_return;
  }
  for (Peer& client : open) {
    if (!client.waited_in_vain() && client.is_open()) {
      client.close();
    }
  }
  co_await Watch(ctx, waiting);
}

}  // namespace eagain::checks
