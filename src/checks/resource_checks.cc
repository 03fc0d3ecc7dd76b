// What waiting costs: CPU while nothing happens, descriptors when there are no more, memory for each
// client that is only there.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "eagain/checks/check.h"
#include "eagain/checks/clients.h"
#include "eagain/checks/context.h"
#include "eagain/checks/descriptor_limit.h"
#include "eagain/checks/evidence.h"
#include "eagain/checks/full_house.h"
#include "eagain/checks/idle.h"
#include "eagain/checks/slow_server.h"
#include "eagain/checks/stall.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {
namespace {

using driver::Counted;

awaitable<void> IdleAlone(Context& ctx) { co_await ExpectIdle(ctx, "with no client connected"); }

awaitable<void> IdleConnected(Context& ctx) {
  auto peers = co_await ConnectServed(ctx, 50);
  co_await ExpectIdle(ctx, "with 50 idle clients connected");
  co_await RoundTripOfAll(peers, 16);
}

awaitable<void> IdleStalled(Context& ctx) {
  Peer peer = co_await ctx.connect(Stallable());
  co_await Stall(ctx, peer);
  co_await ExpectIdle(ctx, "while everything waits for one client that does not read");
}

awaitable<void> IdleHalfClosed(Context& ctx) {
  Peer served = co_await ctx.connect();
  co_await served.round_trip("hello");
  served.half_close();
  Peer silent = co_await ctx.connect();
  silent.half_close();
  co_await ExpectIdle(ctx, "with two half-closed clients, of whom nothing is to be expected");
}

// The clients that were served before the descriptors ran out still are.
awaitable<void> ExpectStillServed(std::span<Peer> served) {
  try {
    co_await RoundTripOfAll(served, 100);
  } catch (const Failure& failure) {
    throw Failure(fmt::format("with no descriptor left, the server goes on serving the {} it has",
                              Counted(served.size(), "client")),
                  failure.actual());
  }
}

// Time for the server to find that it has no descriptor left. Not handled(): one that spins now is
// another check's affair.
awaitable<void> LimitMet(Context& ctx) {
  co_await ctx.patience().pass(std::chrono::milliseconds(60));
}

awaitable<void> DescriptorLimit(Context& ctx) {
  FullHouse house = co_await FillToDescriptorLimit(ctx);
  co_await LimitMet(ctx);
  co_await ExpectStillServed(house.served);
  if (house.late.empty()) {
    co_return;
  }
  // When somebody leaves, somebody may come, and then the limit is met once more.
  house.served.pop_back();
  co_await LimitMet(ctx);
  const Peer another = co_await ctx.connect();
  co_await LimitMet(ctx);
  co_await ExpectStillServed(house.served);
}

// Gets the echo of the "hello" that it has sent, at once or after the server's pause.
awaitable<void> ExpectServedAtLast(Context& ctx, Peer& peer, std::string_view who) {
  static_cast<void>(co_await WaitForAnswer(ctx, peer));
  try {
    co_await peer.expect("hello");
  } catch (const Failure& failure) {
    throw Failure(fmt::format("once clients have left, {} is served", who), failure.actual());
  }
}

awaitable<void> DescriptorLimitRecovery(Context& ctx) {
  FullHouse house = co_await FillToDescriptorLimit(ctx);
  co_await LimitMet(ctx);
  const size_t stay = house.served.size() / 2;
  while (house.served.size() > stay) {
    house.served.back().close();
    house.served.pop_back();
  }
  // Until it has seen them leave, it may still turn newcomers away.
  co_await ctx.handled();
  // A server may close the connections for which it has no descriptor; those that it lets wait, it
  // has to serve in the end, and without a newcomer to remind it.
  if (!house.late.empty() && co_await WaitForAnswer(ctx, house.late.front()) != Answer::kEnd) {
    co_await ExpectServedAtLast(ctx, house.late.front(),
                                "the client that waited while no descriptor was left");
  }
  for (int i = 0; i < 2; ++i) {
    Peer newcomer = co_await ctx.connect();
    co_await newcomer.send("hello");
    co_await ExpectServedAtLast(ctx, newcomer, "a newcomer");
    house.served.push_back(std::move(newcomer));
  }
  co_await ExpectStillServed(house.served);
}

awaitable<void> DescriptorLimitIdle(Context& ctx) {
  const FullHouse house = co_await FillToDescriptorLimit(ctx);
  co_await ExpectNoSpin(ctx, "with no descriptor left and a client waiting to be accepted");
}

constexpr uint64_t kFdSetSize = 1024;

// Part of a failure that has this cause more often than any other.
std::string HintAtFdSetsize(uint64_t descriptors) {
  return descriptors < kFdSetSize - 100
             ? ""
             : "\nselect(2) can watch no descriptor beyond 1,023: FD_SET writes outside of its set";
}

struct Crowd {
  std::vector<Peer> served;
  std::vector<Peer> refused;
};

// Connects clients, each with an echo. Some may be refused, but only by a server that says it is a
// select server, only when its descriptors are used up, and only while it lives.
awaitable<Crowd> ConnectCrowd(Context& ctx, uint64_t clients) {
  const bool may_refuse = ctx.strategy() == "select";
  const Gathering gathering(ctx, clients);
  Crowd crowd;
  while (crowd.served.size() + crowd.refused.size() < clients && crowd.refused.size() < 3) {
    Peer peer = co_await ctx.connect();
    bool is_served = true;
    try {
      co_await peer.round_trip("hello");
    } catch (const Failure& failure) {
      const uint64_t before = crowd.served.size();
      if (!may_refuse || ctx.server_end() || before < kFdSetSize - 100) {
        throw Failure(fmt::format("client {} of {} is served", before + 1, clients),
                      failure.actual() + HintAtFdSetsize(before));
      }
      is_served = false;
    }
    (is_served ? crowd.served : crowd.refused).push_back(std::move(peer));
    gathering.have(crowd.served.size());
  }
  co_return crowd;
}

awaitable<void> BeyondFdSetsize(Context& ctx) {
  constexpr uint64_t kClients = kFdSetSize + 20;
  co_await MakeRoomForClients(ctx, kClients);
  {
    Crowd crowd = co_await ConnectCrowd(ctx, kClients);
    try {
      co_await RoundTripOfAll(crowd.served, 16);
    } catch (const Failure& failure) {
      throw Failure(fmt::format("with {} connected, each of them is still served",
                                Counted(crowd.served.size(), "client")),
                    failure.actual() + HintAtFdSetsize(kFdSetSize));
    }
  }
  co_await ctx.expect_alive("more than 1,024 clients that came and went");
}

awaitable<void> MemoryPerClient(Context& ctx) {
  constexpr uint64_t kClients = 500;
  constexpr uint64_t kAllowed = 64 * 1024;
  co_await MakeRoomForClients(ctx, kClients);
  const auto first = co_await ConnectServed(ctx, 2);
  co_await ctx.handled();
  const auto before = ctx.sample();
  const Crowd idle = co_await ConnectCrowd(ctx, kClients);
  co_await ctx.handled();
  const auto after = ctx.sample();
  if (after.threads() >= before.threads() + static_cast<int>(kClients) / 2) {
    throw Skip("each client has a thread or a process of its own here, which costs more by design");
  }
  const uint64_t grown = after.rss_bytes() - std::min(after.rss_bytes(), before.rss_bytes());
  if (grown > kClients * kAllowed) {
    throw Failure(
        fmt::format("{} idle clients cost at most {} each", kClients, MemorySize(kAllowed)),
        fmt::format("{} each: the server grew from {} to {}", MemorySize(grown / kClients),
                    MemorySize(before.rss_bytes()), MemorySize(after.rss_bytes())));
  }
}

constexpr Check kResourceChecks[] = {
    {.id = "resources/idle-alone",
     .level = Level::kMust,
     .requirement = "without clients the server uses next to no CPU",
     .why =
         "Waiting is what the kernel does for a server: a loop that asks again and again costs a "
         "whole CPU.",
     .source = "poll(2), epoll_wait(2), select(2), timeout",
     .run = IdleAlone},
    {.id = "resources/idle-connected",
     .level = Level::kMust,
     .requirement = "with 50 idle clients the server uses next to no CPU",
     .why = "A socket is writable nearly always: who asks for that all the time never sleeps.",
     .source = "epoll_ctl(2), EPOLLOUT; poll(2), POLLOUT",
     .run = IdleConnected},
    {.id = "resources/idle-stalled",
     .level = Level::kMust,
     .requirement =
         "once everything waits for a client that does not read, the server uses next to "
         "no CPU",
     .why = "To try again and again what the kernel has no room for helps nobody.",
     .source = "send(2), EAGAIN; epoll(7)",
     .run = IdleStalled},
    {.id = "resources/idle-half-closed",
     .level = Level::kMust,
     .requirement = "a half-closed client that has got everything costs no CPU",
     .why =
         "The end of a stream stays readable for ever: who keeps asking is told at once, always.",
     .source = "poll(2), POLLRDHUP; recv(2), return value 0",
     .run = IdleHalfClosed},
    {.id = "resources/descriptor-limit",
     .level = Level::kMust,
     .requirement = "with no descriptor left (RLIMIT_NOFILE) the server lives and serves those it "
                    "has",
     .why = "EMFILE from accept is an ordinary day for a server, and passes when a client leaves.",
     .source = "accept(2), EMFILE; getrlimit(2)",
     .run = DescriptorLimit},
    {.id = "resources/descriptor-limit-recovery",
     .level = Level::kMust,
     .requirement = "after it had no descriptor left, the server accepts again once clients leave",
     .why = "A server that stays deaf after a rush has to be started again by somebody.",
     .source = "accept(2), EMFILE; epoll(7), edge-triggered",
     .run = DescriptorLimitRecovery},
    {.id = "resources/descriptor-limit-idle",
     .level = Level::kShould,
     .requirement = "with no descriptor left and a client waiting, the server does not spin",
     .why = "The listener stays readable while nobody can be accepted: a loop that does nothing "
            "about it eats a whole CPU, just when there is most to do.",
     .source = "accept(2), EMFILE",
     .run = DescriptorLimitIdle},
    {.id = "resources/beyond-fd-setsize",
     .level = Level::kMust,
     .requirement =
         "clients with descriptors over 1,023 are served, or (select) refused with nobody "
         "harmed",
     .why = "FD_SET of such a descriptor writes beyond the set: other variables change, or the "
            "server dies.",
     .source = "select(2), BUGS, FD_SETSIZE",
     .run = BeyondFdSetsize},
    {.id = "resources/memory-per-client",
     .level = Level::kShould,
     .requirement = "an idle client costs at most 64 KiB",
     .why = "What an idle client costs decides how many of them a server can hold.",
     .source = "proc_pid_status(5), VmRSS",
     .run = MemoryPerClient},
};

}  // namespace

std::span<const Check> ResourceChecks() { return kResourceChecks; }

}  // namespace eagain::checks
