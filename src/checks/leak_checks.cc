#include "eagain/checks/leak_checks.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "eagain/checks/both_ends.h"
#include "eagain/checks/churn.h"
#include "eagain/checks/clients.h"
#include "eagain/checks/evidence.h"
#include "eagain/checks/garbage_collector.h"
#include "eagain/checks/memory_trend.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {
namespace {

using driver::Counted;
using driver::TreeSample;

std::string DescribeDescriptors(Context& ctx, int before) {
  const TreeSample now = ctx.sample();
  const int in_close_wait = ServerEndsIn(ctx, driver::TcpState::kCloseWait);
  return fmt::format("{} are open, {} of them sockets ({} before); {} in CLOSE_WAIT; {}",
                     now.descriptors(), now.sockets(), before,
                     Counted(static_cast<uint64_t>(in_close_wait), "connection"),
                     WhatThreadsDo(ctx));
}

}  // namespace

// What a run-time opens once (a poller, a pipe) it has opened after the first clients. A pool may grow
// even later, when more of it is needed at once: but not with every few hundred clients.
awaitable<void> Descriptors(Context& ctx) {
  constexpr int kClients = 500;
  constexpr std::chrono::seconds kLongEnough{8};
  constexpr int kRounds = 5;
  int came = co_await Churn(ctx, kClients, kLongEnough);
  co_await ctx.handled();
  const int at_first = ctx.sample().descriptors();
  int before = at_first;
  int clients = 0;
  for (int round = 1; round <= kRounds; ++round) {
    came = co_await Churn(ctx, kClients, kLongEnough);
    clients += came;
    if (co_await ctx.patience().until([&] { return ctx.sample().descriptors() <= before; })) {
      co_return;
    }
    const int now = ctx.sample().descriptors();
    const bool one_for_each = now - before >= came / 2;
    if (one_for_each || round == kRounds) {
      throw Failure(fmt::format("after {} that came and went, no more than {} are open",
                                Counted(static_cast<uint64_t>(clients), "more client"),
                                Counted(static_cast<uint64_t>(at_first), "descriptor")),
                    DescribeDescriptors(ctx, at_first));
    }
    ctx.transcript().note(fmt::format("{} descriptors are open now, not {}", now, before));
    before = now;
  }
}

namespace {

constexpr int kClientsAStep = 300;

// Memory after each step of clients that came and went, until it has stopped growing or there is
// enough to judge; how many clients came after the first measurement.
awaitable<int> Measure(Context& ctx, MemoryTrend& trend, int steps) {
  constexpr std::chrono::seconds kLongEnough{1};  // a step
  int clients = 0;
  for (int step = 0; step <= steps && !trend.is_steady(); ++step) {
    const int came = co_await Churn(ctx, kClientsAStep, kLongEnough);
    co_await StallAndReset(ctx);
    co_await ctx.handled();
    const uint64_t memory = ctx.sample().rss_bytes();
    ctx.transcript().note("memory is now " + MemorySize(memory));
    trend.add(memory);
    clients += step > 0 ? came + 1 : 0;
  }
  co_return clients;
}

}  // namespace

awaitable<void> Memory(Context& ctx) {
  constexpr int kSteps = 24;
  // Of a program without a collector: 16 bytes for each client of the second half.
  constexpr uint64_t kNothing = 16 * kClientsAStep * kSteps / 2;
  const auto collector = CollectorOf(driver::ProcessTree(ctx.server().pid()));
  const bool can_be_judged = !collector || collector->may_grow;
  MemoryTrend trend(can_be_judged && collector ? *collector->may_grow : kNothing);
  const int clients = co_await Measure(ctx, trend, can_be_judged ? kSteps : kSteps / 3);
  if (trend.is_steady()) {
    co_return;
  }
  if (!can_be_judged) {
    throw Skip(
        fmt::format("after {} memory still grows, and only {} knows when it collects its "
                    "garbage: whether any is kept cannot be told from outside",
                    Counted(static_cast<uint64_t>(clients), "client"), collector->name));
  }
  if (!trend.keeps_growing()) {
    co_return;
  }
  const uint64_t each = (trend.last() - trend.first()) / static_cast<uint64_t>(clients);
  throw Failure(
      "memory stops growing, however many clients come and go",
      fmt::format("it grew from {} to {} with {}, to the end: about {} for each of them",
                  MemorySize(trend.first()), MemorySize(trend.last()),
                  Counted(static_cast<uint64_t>(clients), "client"), Counted(each, "byte")));
}

namespace {

struct Population {
  int processes = 0;  // that live
  int threads = 0;
  int zombies = 0;
};

Population PopulationOf(Context& ctx) {
  const TreeSample sample = ctx.sample(driver::Detail::kThreads);
  const int zombies = sample.zombies();
  return {static_cast<int>(sample.processes.size()) - zombies, sample.threads(), zombies};
}

// The processes whose children are not in `before`: those that fork for a client.
std::set<pid_t> ParentsOfNew(const TreeSample& before, const TreeSample& now) {
  std::set<pid_t> known;
  for (const auto& process : before.processes) {
    known.insert(process.pid);
  }
  std::set<pid_t> parents;
  for (const auto& process : now.processes) {
    if (!known.contains(process.pid) && known.contains(process.parent)) {
      parents.insert(process.parent);
    }
  }
  return parents;
}

// Processes that are stopped while this lives.
class Stopped {
 public:
  explicit Stopped(std::set<pid_t> pids) : pids_(std::move(pids)) { signal(SIGSTOP); }
  ~Stopped() { signal(SIGCONT); }
  Stopped(const Stopped&) = delete;
  Stopped& operator=(const Stopped&) = delete;

 private:
  void signal(int signo) const {
    for (const pid_t pid : pids_) {
      static_cast<void>(::kill(pid, signo));
    }
  }
  std::set<pid_t> pids_;
};

// So many clients at once, which then all leave. Their children end while whoever waits for them is
// stopped: so it gets one SIGCHLD for all of them, as may happen at any time.
awaitable<void> ComeAndGoTogether(Context& ctx, int clients) {
  const TreeSample before = ctx.sample(driver::Detail::kThreads);
  const int alive = PopulationOf(ctx).processes;
  std::vector<Peer> peers = co_await ConnectServed(ctx, clients);
  {
    const Stopped parents(ParentsOfNew(before, ctx.sample(driver::Detail::kThreads)));
    for (Peer& peer : peers) {
      peer.close();
    }
    static_cast<void>(
        co_await ctx.patience().until([&] { return PopulationOf(ctx).processes <= alive; }));
  }
  co_await ctx.handled();
}

std::string Describe(const Population& now) {
  return fmt::format("{} with {}, {}",
                     now.processes == 1 ? "1 process" : fmt::format("{} processes", now.processes),
                     Counted(static_cast<uint64_t>(now.threads), "thread"),
                     now.zombies == 1 ? "1 zombie" : fmt::format("{} zombies", now.zombies));
}

// Whether a client that is connected has a process or a thread of its own.
awaitable<bool> HasOnePerClient(Context& ctx, const Population& before) {
  Peer peer = co_await ctx.connect();
  co_await peer.round_trip("hello");
  const Population now = PopulationOf(ctx);
  peer.close();
  co_return now.processes > before.processes || now.threads > before.threads;
}

}  // namespace

awaitable<void> Children(Context& ctx) {
  co_await ComeAndGo(ctx, Leaving::kClose);
  co_await ctx.handled();
  const Population before = PopulationOf(ctx);
  const int together = co_await HasOnePerClient(ctx, before) ? 8 : 1;
  co_await ctx.handled();
  const int clients = 40;
  for (int i = 0; i < clients; i += together) {
    co_await ComeAndGoTogether(ctx, together);
  }
  // Who reaps only when the next client comes has some left; a pool keeps the threads that were
  // busy at once. Neither grows with the number of clients.
  const auto is_bounded = [&] {
    const Population now = PopulationOf(ctx);
    return now.zombies <= together + 2 && now.processes <= before.processes + 2 * together &&
           now.threads <= before.threads + 2 * together + 2;
  };
  co_await ctx.until(
      fmt::format("after {} that came and went, {} at a time, their processes and threads are gone "
                  "(before: {})",
                  Counted(clients, "client"), together, Describe(before)),
      is_bounded, [&] { return Describe(PopulationOf(ctx)); });
}

}  // namespace eagain::checks
