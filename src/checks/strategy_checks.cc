// Is the server what it says it is (--strategy)? All of this is seen from outside, in /proc: by which
// call it waits, which threads come to run, and how its descriptors are set. Nothing is injected.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/checks/both_ends.h"
#include "eagain/checks/check.h"
#include "eagain/checks/clients.h"
#include "eagain/checks/context.h"
#include "eagain/checks/evidence.h"
#include "eagain/checks/idle.h"
#include "eagain/checks/serving_threads.h"
#include "eagain/checks/stall.h"
#include "eagain/checks/waits.h"
#include "eagain/driver/descriptors.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {
namespace {

using driver::Counted;
using driver::Held;
using driver::ThreadCall;

// How many of its threads a strategy gives to the clients.
enum class Serves { kByOne, kEachByItsOwn, kOneAfterTheOther, kAnyhow };

struct Claim {
  std::string_view strategy;
  std::string_view wait;  // "" when it waits for no set of descriptors
  Serves serves;
  bool non_blocking;           // the clients' descriptors
  bool non_blocking_listener;  // an acceptor of its own may block
};

constexpr std::array kClaims = {
    Claim{"blocking", "", Serves::kOneAfterTheOther, false, false},
    Claim{"busy-poll", "", Serves::kByOne, true, true},
    Claim{"select", "select", Serves::kByOne, true, true},
    Claim{"poll", "poll", Serves::kByOne, true, true},
    Claim{"epoll", "epoll_wait", Serves::kByOne, true, true},
    Claim{"epoll-et", "epoll_wait", Serves::kByOne, true, true},
    Claim{"threads", "", Serves::kEachByItsOwn, false, false},
    Claim{"processes", "", Serves::kEachByItsOwn, false, false},
    Claim{"io_uring", "io_uring_enter", Serves::kAnyhow, false, false},
    Claim{"reactors", "epoll_wait", Serves::kAnyhow, true, false},
};

const Claim& ClaimOf(const Context& ctx) {
  if (ctx.strategy().empty()) {
    throw Skip("the server does not say what it is (--strategy)");
  }
  const auto found = std::find_if(kClaims.begin(), kClaims.end(), [&](const Claim& claim) {
    return claim.strategy == ctx.strategy();
  });
  if (found == kClaims.end()) {
    throw Skip(fmt::format("what a server of strategy {} does is not known", ctx.strategy()));
  }
  return *found;
}

[[noreturn]] void NotAsked(const Claim& claim) {
  throw Skip(fmt::format("not asked of strategy {}", claim.strategy));
}

// The server's end of the client's connection.
uint64_t ServerEnd(Context& ctx, const Peer& peer) {
  const auto end = BothEndsOf(ctx, peer).server;
  return end ? end->inode : 0;
}

std::string Listed(const std::set<std::string>& names) {
  return driver::Joined({names.begin(), names.end()});
}

// It waits so whenever it is idle, and it may be looked at between two waits: then it is looked at
// again.
awaitable<void> ExpectWait(Context& ctx, const Claim& claim) {
  std::set<std::string> seen;
  bool blocked = false;
  const auto waits_so = [&] {
    const auto now = WaitsNow(ctx);
    seen.insert(now.begin(), now.end());
    blocked = blocked || ctx.sample(driver::Detail::kThreads).asleep();
    return now.count(std::string(claim.wait)) != 0;
  };
  const bool found = co_await ctx.patience().until(waits_so);
  if (found) {
    co_return;
  }
  if (seen.empty() && !blocked) {
    throw Skip("it never waits, so that the call cannot be seen: see strategy/blocks-when-idle");
  }
  throw Failure(fmt::format("a server of strategy {} waits by {}", claim.strategy, claim.wait),
                seen.empty() ? fmt::format("it never does; {}", WhatThreadsDo(ctx))
                             : fmt::format("it waits by {}; {}", Listed(seen), WhatThreadsDo(ctx)));
}

// It may wait at any time: so it is looked at many times.
awaitable<void> ExpectNoWait(Context& ctx, const Claim& claim) {
  constexpr int kLooks = 60;
  for (int look = 0; look < kLooks; ++look) {
    const auto now = WaitsNow(ctx);
    if (!now.empty()) {
      throw Failure(
          fmt::format("a server of strategy {} waits for no set of descriptors", claim.strategy),
          fmt::format("it waits by {}; {}", Listed(now), WhatThreadsDo(ctx)));
    }
    co_await ctx.patience().pass(std::chrono::milliseconds(2));
  }
}

// The threads, and their processes, of which each waits for one client alone.
struct Waiting {
  std::set<pid_t> threads;
  std::set<pid_t> processes;
};

Waiting WaitingForOne(Context& ctx, std::span<const Peer> peers) {
  Waiting waiting;
  for (const Peer& peer : peers) {
    for (const ThreadCall& call : ThreadsBlockedOn(ctx, ServerEnd(ctx, peer))) {
      waiting.threads.insert(call.tid);
      waiting.processes.insert(call.pid);
    }
  }
  return waiting;
}

// Every client has a thread that waits for it alone; with processes, each in another process, with
// threads, all in one.
awaitable<void> ExpectThreadForEach(Context& ctx, const Claim& claim, std::span<const Peer> peers) {
  const bool by_processes = claim.strategy == "processes";
  Waiting waiting;
  const auto each = [&] {
    return by_processes ? waiting.processes.size() : waiting.threads.size();
  };
  const auto each_waits = [&] {
    waiting = WaitingForOne(ctx, peers);
    return each() >= peers.size();
  };
  if (!co_await ctx.patience().until(each_waits)) {
    throw Failure(fmt::format("each of {} has a {} of its own, which waits for it by recv",
                              Counted(peers.size(), "client"), by_processes ? "process" : "thread"),
                  fmt::format("{} of {} have; {}", each(), peers.size(), WhatThreadsDo(ctx)));
  }
  if (claim.strategy == "threads" && waiting.processes.size() >= peers.size() && peers.size() > 1) {
    throw Failure("the clients' threads are threads of one process",
                  fmt::format("they are in {} processes", waiting.processes.size()));
  }
}

awaitable<void> ClaimedCall(Context& ctx) {
  const Claim& claim = ClaimOf(ctx);
  RequireCallsVisible(ctx);
  const bool one = claim.serves == Serves::kOneAfterTheOther;
  const std::vector<Peer> peers = co_await ConnectServed(ctx, one ? 1 : 3);
  if (!claim.wait.empty()) {
    co_await ExpectWait(ctx, claim);
  } else if (claim.serves == Serves::kByOne) {
    co_await ExpectNoWait(ctx, claim);
  } else {
    co_await ExpectThreadForEach(ctx, claim, peers);
  }
}

awaitable<void> SingleThreaded(Context& ctx) {
  const Claim& claim = ClaimOf(ctx);
  if (claim.serves != Serves::kByOne) {
    NotAsked(claim);
  }
  constexpr int kClients = 8;
  // What a run-time starts with the first client it has started by then.
  std::vector<Peer> peers = co_await ConnectServed(ctx, 1);
  co_await ctx.handled();
  const int before = ctx.sample(driver::Detail::kThreads).threads();
  for (Peer& peer : co_await ConnectServed(ctx, kClients)) {
    peers.push_back(std::move(peer));
  }
  const int after = ctx.sample(driver::Detail::kThreads).threads();
  if (after >= before + kClients) {
    throw Failure("one thread of one process serves every client",
                  fmt::format("with {} more there were {} instead of {}: one for each client",
                              Counted(kClients, "client"),
                              Counted(static_cast<uint64_t>(after), "thread"), before));
  }
  co_await ExpectOneServingThread(ctx, peers);
}

bool IsBlocking(const Held& held) {
  const auto flags = driver::DescriptorFlags(held);
  return flags && (*flags & O_NONBLOCK) == 0;
}

std::optional<Held> Blocking(const std::vector<Held>& holders) {
  const auto found = std::find_if(holders.begin(), holders.end(), IsBlocking);
  return found == holders.end() ? std::nullopt : std::optional(*found);
}

// A blocking descriptor blocks nobody who passes MSG_DONTWAIT with each call. So a client that reads
// nothing has to tell.
awaitable<void> ExpectNeverBlockedInSend(Context& ctx, const Held& held) {
  RequireCallsVisible(ctx);
  Peer peer = co_await ctx.connect(Stallable());
  co_await Stall(ctx, peer);
  const auto calls = co_await CallsAtRest(ctx);
  const auto call = std::find_if(calls.begin(), calls.end(), Sends);
  if (call != calls.end()) {
    throw Failure(
        "the clients' descriptors are non-blocking (O_NONBLOCK)",
        fmt::format("descriptor {} is blocking, and with one client that does not read the server "
                    "is stuck in {}({})",
                    held.fd, call->name, call->arguments[0]));
  }
  ctx.transcript().note("its descriptors are blocking, and its calls do not block (MSG_DONTWAIT)");
}

awaitable<void> NonBlocking(Context& ctx) {
  const Claim& claim = ClaimOf(ctx);
  if (!claim.non_blocking) {
    NotAsked(claim);
  }
  Peer peer = co_await ctx.connect();
  co_await peer.round_trip("hello");
  for (const driver::TcpSocket& listener : driver::ListenersOf(ctx.server().pid())) {
    const auto blocking = Blocking(driver::HoldersOf(ctx.server().pid(), listener.inode));
    if (claim.non_blocking_listener && listener.local_port == ctx.server().port() && blocking) {
      throw Failure("the listener is non-blocking (O_NONBLOCK)",
                    fmt::format("descriptor {} is blocking: accept waits when the client has gone "
                                "by then, and everybody with it",
                                blocking->fd));
    }
  }
  const auto holders = driver::HoldersOf(ctx.server().pid(), ServerEnd(ctx, peer));
  if (holders.empty()) {
    throw Skip("no process of the server holds the client's connection");
  }
  if (const auto blocking = Blocking(holders)) {
    co_await ExpectNeverBlockedInSend(ctx, *blocking);
  }
}

// How epoll was told to watch the client; nothing when it was not.
std::optional<uint32_t> WatchedFor(Context& ctx, const Peer& peer) {
  for (const Held& held : driver::HoldersOf(ctx.server().pid(), ServerEnd(ctx, peer))) {
    for (const driver::Registration& registration : driver::Registrations(held.pid)) {
      if (registration.fd == held.fd) {
        return registration.events;
      }
    }
  }
  return std::nullopt;
}

awaitable<void> EdgeTriggered(Context& ctx) {
  const Claim& claim = ClaimOf(ctx);
  const bool edge = claim.strategy == "epoll-et";
  if (!edge && claim.strategy != "epoll") {
    NotAsked(claim);
  }
  for (const Peer& peer : co_await ConnectServed(ctx, 3)) {
    const auto events = WatchedFor(ctx, peer);
    if (!events && !edge) {
      throw Skip("no epoll of the server watches its clients: see strategy/claimed-call");
    }
    if (!events || ((*events & EPOLLET) != 0) != edge) {
      throw Failure(fmt::format("a server of strategy {} registers its clients {} EPOLLET",
                                claim.strategy, edge ? "with" : "without"),
                    events ? fmt::format("client {} is registered for {:#010x}, {} EPOLLET",
                                         peer.number(), *events, edge ? "without" : "with")
                           : fmt::format("client {} is registered with no epoll", peer.number()));
    }
  }
}

awaitable<void> BlocksWhenIdle(Context& ctx) {
  ClaimOf(ctx);
  co_await ExpectNoTicking(ctx, "with no client connected");
  Peer peer = co_await ctx.connect();
  co_await peer.round_trip("hello");
  co_await ExpectNoTicking(ctx, "with one idle client connected");
}

constexpr Check kStrategyChecks[] = {
    {.id = "strategy/claimed-call",
     .level = Level::kMust,
     .requirement = "the wait that the server says it makes is the wait that it makes",
     .why = "An exercise on epoll is not solved by a server that polls, however well it echoes.",
     .source = "select(2), poll(2), epoll_wait(2), io_uring_enter(2)",
     .run = ClaimedCall},
    {.id = "strategy/single-threaded",
     .level = Level::kMust,
     .requirement = "one thread of one process serves every client",
     .why = "Multiplexing is what lets one thread wait for many clients: more threads hide that it "
            "does not.",
     .source = "select(2), poll(2), epoll(7)",
     .run = SingleThreaded},
    {.id = "strategy/non-blocking",
     .level = Level::kMust,
     .requirement = "the listener and the clients' descriptors are non-blocking",
     .why = "Readiness is a hint: a call on a blocking descriptor may wait all the same, and all "
            "clients wait with it.",
     .source = "select(2), BUGS; fcntl(2), O_NONBLOCK; accept(2), Error handling",
     .run = NonBlocking},
    {.id = "strategy/edge-triggered",
     .level = Level::kMust,
     .requirement =
         "an edge-triggered server registers its clients with EPOLLET, a level-triggered "
         "one without",
     .why =
         "The two are programmed differently: with the one flag, what was not read to the end is "
         "not told of again.",
     .source = "epoll(7), Level-triggered and edge-triggered; epoll_ctl(2), EPOLLET",
     .run = EdgeTriggered},
    {.id = "strategy/blocks-when-idle",
     .level = Level::kMust,
     .requirement = "while nothing happens the server waits, without a short timeout in a loop",
     .why = "A wait that returns again and again with nothing is polling by another name, and "
            "drains batteries.",
     .source = "select(2), poll(2), epoll_wait(2), timeout",
     .run = BlocksWhenIdle},
};

}  // namespace

std::span<const Check> StrategyChecks() { return kStrategyChecks; }

}  // namespace eagain::checks
