// Clients leave, in every way in which clients leave. Wherever one client at a time can show it,
// there is only one, so that a server which serves its clients one after the other is asked nothing
// that it does not promise.
#include <fmt/format.h>

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/checks/both_ends.h"
#include "eagain/checks/check.h"
#include "eagain/checks/churn.h"
#include "eagain/checks/clients.h"
#include "eagain/checks/context.h"
#include "eagain/checks/double_close.h"
#include "eagain/checks/evidence.h"
#include "eagain/checks/leak_checks.h"
#include "eagain/checks/stall.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {
namespace {

using driver::Counted;
using driver::TcpState;

// What the server's end of a connection is, when it should be gone.
std::string DescribeEnd(Context& ctx, uint16_t client_port) {
  const auto end = BothEndsOf(ctx, client_port).server;
  if (!end) {
    return "it is gone";
  }
  const std::string accepted = end->inode == 0 ? ", not accepted" : "";
  return end->state == TcpState::kCloseWait
             ? "it is in CLOSE_WAIT: the client has left and the server has not closed" + accepted
             : "it is still open" + accepted;
}

awaitable<void> Orderly(Context& ctx) {
  Peer peer = co_await ctx.connect();
  co_await peer.round_trip("hello");
  peer.half_close();
  co_await ExpectEnd(ctx, peer);
  peer.close();

  Peer gone = co_await ctx.connect();
  co_await gone.round_trip("hello");
  const uint16_t port = gone.local_port();
  gone.close();
  co_await ctx.until(
      "the server closes its end of the connection once the client has closed its own",
      [&] { return !BothEndsOf(ctx, port).server; }, [&] { return DescribeEnd(ctx, port); });
  co_await ctx.expect_alive("two clients that left in good order");
}

awaitable<void> Immediate(Context& ctx) {
  for (int i = 1; i <= 100; ++i) {
    co_await ComeAndGo(ctx, Leaving::kAtOnce);
    co_await ctx.expect_alive(fmt::format("{} that connected and closed at once",
                                          Counted(static_cast<uint64_t>(i), "client")));
  }
}

awaitable<void> Reset(Context& ctx) {
  {
    Peer idle = co_await ctx.connect();
    co_await idle.round_trip("hello");
    co_await ctx.handled();
    idle.reset();
    co_await ctx.expect_alive("an idle client's reset");
  }
  {
    Peer silent = co_await ctx.connect();
    co_await ctx.handled();
    silent.reset();
    co_await ctx.expect_alive("the reset of a client that had sent nothing");
  }
  Peer talking = co_await ctx.connect();
  co_await talking.round_trip("hello");
  co_await ctx.frozen([&]() -> awaitable<void> {
    talking.send_now("bytes right before the reset");
    talking.reset();
    co_return;
  });
  co_await ctx.expect_alive("a reset right behind bytes that were not read yet");
}

awaitable<void> ResetWithQueuedBytes(Context& ctx) {
  {
    Peer stalled = co_await ctx.connect(Stallable());
    co_await Stall(ctx, stalled);
    stalled.reset();
    co_await ctx.expect_alive("the reset of a client for whom bytes waited (ECONNRESET)");
  }
  {
    // A reset after the client's FIN is EPIPE and not ECONNRESET, and EPIPE brings SIGPIPE.
    Peer stalled = co_await ctx.connect(Stallable());
    co_await Stall(ctx, stalled);
    stalled.half_close();
    co_await ctx.handled();
    stalled.reset();
    co_await ctx.expect_alive("FIN and reset of a client for whom bytes waited (EPIPE, SIGPIPE)");
  }
  // The echo comes to a socket that is closed already, which answers with a reset: so does each
  // program that is ended while it waits for an answer.
  for (const size_t bytes : {size_t{60} * 1024, size_t{4000}}) {
    Peer hasty = co_await ctx.connect();
    co_await hasty.round_trip("hello");
    co_await ctx.frozen([&]() -> awaitable<void> {
      hasty.send_now(hasty.pattern().bytes(0, bytes));
      hasty.close();
      co_return;
    });
    co_await ctx.handled();
    co_await ctx.expect_alive(
        fmt::format("a client that sent {} and closed without reading (EPIPE, SIGPIPE)",
                    Counted(bytes, "byte")));
  }
}

awaitable<void> ResetBeforeAccept(Context& ctx) {
  for (int i = 1; i <= 3; ++i) {
    co_await ctx.frozen([&]() -> awaitable<void> {
      // One at a time: a backlog may hold no more.
      Peer hasty = co_await ctx.connect();
      if (i == 2) {
        hasty.send_now("bytes before the reset");
      }
      hasty.reset();
    });
    co_await ctx.expect_alive("a client that reset its connection before it was accepted");
  }
}

awaitable<void> MidMessage(Context& ctx) {
  struct Part {
    std::string_view text;
    std::string_view name;
  };
  constexpr std::array<Part, 3> kParts = {{{"half a li", "half a line"},
                                           {"caf\xc3", "half a character"},
                                           {"GET / HT", "half a request"}}};
  for (const bool by_reset : {false, true}) {
    for (const Part& part : kParts) {
      Peer leaving = co_await ctx.connect();
      co_await leaving.send(std::string(part.text));
      co_await ctx.handled();
      by_reset ? leaving.reset() : leaving.close();
      co_await ctx.expect_alive(fmt::format("a client that sent {} and {}", part.name,
                                            by_reset ? "reset its connection" : "closed"));
    }
  }
}

awaitable<void> OthersUnharmed(Context& ctx) {
  constexpr int kRounds = 10;
  constexpr int kLeaving = 10;
  // Some of those who leave have lower descriptors than those who stay, some have higher ones.
  std::vector<Peer> leaving = co_await ConnectServed(ctx, kLeaving / 2);
  std::vector<Peer> staying = co_await ConnectServed(ctx, 3);
  for (int round = 0; round < kRounds; ++round) {
    for (Peer& late : co_await ConnectServed(ctx, kLeaving - static_cast<int>(leaving.size()))) {
      leaving.push_back(std::move(late));
    }
    // The resets and the messages of the others are in one batch of events.
    co_await ctx.frozen([&]() -> awaitable<void> {
      for (size_t i = 0; i < leaving.size(); ++i) {
        if (i == leaving.size() / 2) {
          for (Peer& peer : staying) {
            peer.send_pattern_now(100);
          }
        }
        leaving[i].reset();
      }
      co_return;
    });
    leaving.clear();
    for (Peer& peer : staying) {
      co_await peer.expect_pattern(100);
    }
  }
  co_await RoundTripOfAll(staying, 100);
}

// What the predecessor on the descriptor leaves behind when it goes.
struct Predecessor {
  std::string_view what;
  std::function<awaitable<void>(Context&, Peer&)> prepare;
};

awaitable<void> ExpectFreshStart(Peer& newcomer) {
  co_await newcomer.expect_nothing();
  co_await newcomer.exchange_pattern(4096);
  co_await newcomer.round_trip("\n");
  newcomer.half_close();
  co_await newcomer.expect_eof();
}

awaitable<void> ReuseDescriptor(Context& ctx, const Predecessor& predecessor, bool in_one_batch) {
  Peer old = co_await ctx.connect(Stallable());
  co_await predecessor.prepare(ctx, old);
  std::vector<Peer> newcomer;
  const auto replace = [&]() -> awaitable<void> {
    old.reset();
    if (!in_one_batch) {
      co_await ctx.handled();
    }
    newcomer.push_back(co_await ctx.connect());
  };
  if (in_one_batch) {
    co_await ctx.frozen(replace);
  } else {
    co_await replace();
  }
  try {
    co_await ExpectFreshStart(newcomer.front());
  } catch (const Failure& failure) {
    throw Failure(
        fmt::format("{}, although the client before it left {}{}", failure.expected(),
                    predecessor.what,
                    in_one_batch ? " (its reset and this connection in one batch of events)" : ""),
        failure.actual());
  }
}

awaitable<void> DescriptorReuse(Context& ctx) {
  const std::array<Predecessor, 3> predecessors = {{
      {"half a message",
       [](Context& with, Peer& peer) -> awaitable<void> {
         co_await peer.send("half a mess");
         co_await with.handled();
       }},
      {"with bytes waiting for it",
       [](Context& with, Peer& peer) -> awaitable<void> { co_await Stall(with, peer); }},
      {"with bytes waiting for it and its FIN sent",
       [](Context& with, Peer& peer) -> awaitable<void> {
         co_await Stall(with, peer);
         peer.half_close();
         co_await with.handled();
       }},
  }};
  for (const Predecessor& predecessor : predecessors) {
    co_await ReuseDescriptor(ctx, predecessor, false);
    co_await ReuseDescriptor(ctx, predecessor, true);
  }
}

awaitable<void> CloseWait(Context& ctx) {
  constexpr int kEach = 5;
  for (int i = 0; i < kEach; ++i) {
    co_await ComeAndGo(ctx, Leaving::kClose);
    co_await ComeAndGo(ctx, Leaving::kHalfClose);
    co_await ComeAndGo(ctx, Leaving::kAtOnce);
    co_await ComeAndGo(ctx, Leaving::kUnread);
    // The FIN is met together with the bytes before it.
    Peer hasty = co_await ctx.connect();
    co_await hasty.round_trip("hello");
    co_await ctx.frozen([&]() -> awaitable<void> {
      hasty.send_now("bytes and FIN at once");
      hasty.half_close();
      co_return;
    });
    co_await hasty.expect("bytes and FIN at once");
    hasty.close();
  }
  co_await ctx.until(
      "no connection is left in CLOSE_WAIT once the clients have left",
      [&] { return ServerEndsIn(ctx, TcpState::kCloseWait) == 0; },
      [&] {
        return fmt::format(
            "{} in CLOSE_WAIT (the client has closed, the server has not); {}",
            Counted(static_cast<uint64_t>(ServerEndsIn(ctx, TcpState::kCloseWait)), "connection"),
            WhatThreadsDo(ctx));
      });
}

constexpr Check kDisconnectChecks[] = {
    {.id = "disconnect/orderly",
     .level = Level::kMust,
     .requirement = "a client's FIN is noticed, and the server closes its side",
     .why =
         "An end that is not noticed, or a descriptor that is not closed (after fork: each copy), "
         "keeps the connection.",
     .source = "recv(2), return value 0; RFC 9293, section 3.6",
     .run = Orderly},
    {.id = "disconnect/immediate",
     .level = Level::kMust,
     .requirement = "100 clients connect and close at once; the server lives",
     .why = "Port scanners, health checks and impatient users do just this.",
     .source = "accept(2), recv(2)",
     .run = Immediate},
    {.id = "disconnect/reset",
     .level = Level::kMust,
     .requirement = "a client's reset (RST) is survived",
     .why = "A reset is an error of one connection, not of the server.",
     .source = "recv(2), ECONNRESET; RFC 9293, section 3.10.7",
     .run = Reset},
    {.id = "disconnect/reset-with-queued-bytes",
     .level = Level::kMust,
     .requirement = "a client that is gone while bytes wait to be sent to it is survived",
     .why = "A send to a client that is gone raises SIGPIPE, which ends a process that did not ask "
            "otherwise.",
     .source = "send(2), EPIPE, MSG_NOSIGNAL; signal(7)",
     .run = ResetWithQueuedBytes},
    {.id = "disconnect/reset-before-accept",
     .level = Level::kMust,
     .requirement = "a reset before the connection is accepted is survived",
     .why =
         "accept then returns a connection that is dead already, and the first call on it fails.",
     .source = "accept(2), Error handling; getpeername(2), ENOTCONN",
     .run = ResetBeforeAccept},
    {.id = "disconnect/mid-message",
     .level = Level::kMust,
     .requirement = "a client that leaves in the middle of a message harms nobody",
     .why = "Whoever waits for the rest of a message must also expect that it never comes.",
     .source = "recv(2), return value 0",
     .run = MidMessage},
    {.id = "disconnect/others-unharmed",
     .level = Level::kMust,
     .requirement = "clients in conversation notice nothing of 100 resets around them",
     .why = "The end of one connection must not be taken for the end of another, or of all.",
     .source = "recv(2), ECONNRESET; epoll(7)",
     .run = OthersUnharmed},
    {.id = "disconnect/descriptors",
     .level = Level::kMust,
     .requirement = "1,000 clients come and go: as many descriptors are open as before",
     .why = "A server that loses one descriptor a client stops after 1,024 clients.",
     .source = "close(2); getrlimit(2), RLIMIT_NOFILE",
     .run = Descriptors},
    {.id = "disconnect/memory",
     .level = Level::kMust,
     .requirement = "memory does not keep growing with clients that left",
     .why =
         "A server that keeps a little of each client (what is not freed, a thread neither joined "
         "nor detached) is ended by the kernel one day.",
     .source = "malloc(3), free(3); proc_pid_status(5), VmRSS",
     .run = Memory},
    {.id = "disconnect/descriptor-reuse",
     .level = Level::kMust,
     .requirement = "a newcomer on a reused descriptor gets none of its predecessor's bytes or "
                    "state",
     .why = "The kernel gives the lowest free number, so what is kept under a number is inherited.",
     .source = "accept(2); open(2), lowest-numbered descriptor",
     .run = DescriptorReuse},
    {.id = "disconnect/double-close",
     .level = Level::kMust,
     .requirement = "no call is made on a descriptor that is already closed",
     .why =
         "Its number is the next client's by then: a second close ends somebody else's connection.",
     .source = "close(2), NOTES; EBADF",
     .run = DoubleClose},
    {.id = "disconnect/close-wait",
     .level = Level::kMust,
     .requirement = "no connection is left in CLOSE_WAIT",
     .why = "CLOSE_WAIT ends only when the server calls close: otherwise it lasts for ever.",
     .source = "tcp(7); RFC 9293, section 3.3.2",
     .run = CloseWait},
    {.id = "disconnect/children",
     .level = Level::kMust,
     .requirement = "no zombie processes and no threads pile up",
     .why = "A child that nobody waits for keeps its number, a thread that never ends its stack: "
            "both run out.",
     .source = "wait(2), Notes; signal(7), SIGCHLD",
     .run = Children},
};

}  // namespace

std::span<const Check> DisconnectChecks() { return kDisconnectChecks; }

}  // namespace eagain::checks
