// Faults of the wait: interrupted, and other ready events than expected.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eagain/checks/clients.h"
#include "eagain/checks/fault_checks.h"
#include "eagain/checks/fault_trial.h"
#include "eagain/checks/stall.h"
#include "eagain/checks/waits.h"
#include "eagain/driver/proc_files.h"

namespace eagain::checks {
namespace {

// A stop ends epoll_wait with EINTR (signal(7), "Interruption of system calls by stop signals"), if the
// server is in it: so it is let back into it first.
awaitable<bool> Interrupt(Context& ctx) {
  const auto waits = co_await WaitsAtRest(ctx);
  if (!waits.contains("epoll_wait")) {
    co_return false;
  }
  co_await ctx.frozen([]() -> awaitable<void> { co_return; });
  ctx.fault_happened("SIGSTOP and SIGCONT while the server waits: epoll_wait says EINTR");
  co_return true;
}

awaitable<bool> InterruptByStops(Context& ctx) {
  const bool by_epoll = co_await Interrupt(ctx);
  if (!by_epoll) {
    co_return false;
  }
  co_await ctx.expect_alive("a wait that was interrupted, with no client connected");
  Peer peer = co_await ctx.connect(Stallable());
  co_await peer.round_trip("hello");
  for (int i = 0; i < 3; ++i) {
    co_await Interrupt(ctx);
    co_await peer.round_trip("after an interrupted wait");
  }
  co_await Stall(ctx, peer);
  co_await Interrupt(ctx);
  co_await ExpectAllOwed(peer);
  co_return true;
}

// Signals that a program catches in order to end. One that ends at an interrupted wait, as if it had been
// told to, knows that no other signal can interrupt it.
bool CatchesOnlySignalsToEnd(Context& ctx) {
  constexpr int kToEnd[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
  const auto status =
      driver::ReadProcFile(fmt::format("/proc/{}/status", ctx.server().pid())).value_or("");
  const size_t at = status.find("SigCgt:");
  uint64_t caught =
      at == std::string::npos ? ~uint64_t{0} : std::stoull(status.substr(at + 7), nullptr, 16);
  for (const int signo : kToEnd) {
    caught &= ~(uint64_t{1} << static_cast<unsigned>(signo - 1));
  }
  return caught == 0;
}

awaitable<void> InterruptByInjection(Context& ctx) {
  bool only_to_end = false;
  const auto round = [&only_to_end](Context& with) -> awaitable<void> {
    only_to_end = CatchesOnlySignalsToEnd(with);
    co_await ServeOne(with, 1000);
  };
  Trial trial{.plan = "wait EINTR every 2 at most 100 times",
              .round = round,
              .calls = "wait that a signal with a handler could interrupt"};
  std::optional<Failure> failed;
  try {
    co_await Try(ctx, std::move(trial));
  } catch (const Failure& failure) {
    failed = failure;
  }
  if (!failed) {
    co_return;
  }
  co_await ctx.patience().obituary();
  const auto end = ctx.server_end();
  if (only_to_end && end && !end->signaled && end->status == 0) {
    throw Skip(
        "an interrupted wait ends it, with exit status 0: only signals that ask it to end can "
        "interrupt it");
  }
  throw *failed;
}

}  // namespace

awaitable<void> WaitEintr(Context& ctx) {
  const bool interrupted = co_await InterruptByStops(ctx);
  if (!interrupted) {
    co_await InterruptByInjection(ctx);
  }
}

namespace {

constexpr int kClients = 3;

// Clients in this order, and among them a newcomer, send something.
awaitable<Peer> SendInOrder(Context& ctx, std::vector<Peer>& peers, size_t newcomer_at) {
  std::vector<Peer> newcomer;
  for (size_t i = 0; i <= peers.size(); ++i) {
    if (i == newcomer_at) {
      newcomer.push_back(co_await ctx.connect());
      newcomer.back().send_pattern_now(50);
    }
    if (i < peers.size()) {
      peers[i].send_pattern_now(50);
    }
  }
  co_return std::move(newcomer.back());
}

awaitable<void> ExpectEcho(std::vector<Peer>& peers, Peer& newcomer) {
  for (Peer& peer : peers) {
    co_await peer.expect_pattern(50);
  }
  co_await newcomer.expect_pattern(50);
  newcomer.close();
}

// All are ready at once when the server next looks.
awaitable<void> EveryOrder(Context& ctx) {
  std::vector<Peer> peers = co_await ConnectServed(ctx, kClients);
  ctx.fault_happened(fmt::format(
      "{} clients and a newcomer become ready while the server is stopped, in {} orders", kClients,
      kClients + 1));
  for (size_t newcomer_at = 0; newcomer_at <= kClients; ++newcomer_at) {
    std::vector<Peer> newcomer;
    co_await ctx.frozen([&]() -> awaitable<void> {
      newcomer.push_back(co_await SendInOrder(ctx, peers, newcomer_at));
    });
    co_await ExpectEcho(peers, newcomer.back());
    std::reverse(peers.begin(), peers.end());
  }
}

awaitable<void> ManyAtATime(Context& ctx) {
  std::vector<Peer> peers = co_await ConnectServed(ctx, kClients);
  for (size_t turn = 0; turn < 8; ++turn) {
    Peer newcomer = co_await SendInOrder(ctx, peers, turn % (kClients + 1));
    co_await ExpectEcho(peers, newcomer);
  }
}

}  // namespace

awaitable<void> WaitReordered(Context& ctx) {
  RequireCallsVisible(ctx);
  {
    const std::vector<Peer> one = co_await ConnectServed(ctx, 1);
    const auto waits = co_await WaitsAtRest(ctx);
    if (waits.empty()) {
      throw Skip("the server waits for no set of descriptors");
    }
  }
  co_await ctx.handled();
  co_await EveryOrder(ctx);
  for (const char* plan : {"wait only 1", "wait reordered"}) {
    Trial trial{.plan = plan,
                .round = ManyAtATime,
                .rounds = 2,
                .enough = 2,
                .calls = "wait with several ready events"};
    co_await TryToo(ctx, std::move(trial));
  }
}

}  // namespace eagain::checks
