// Starting and stopping.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <string>
#include <utility>

#include "eagain/checks/check.h"
#include "eagain/checks/clients.h"
#include "eagain/checks/context.h"
#include "eagain/checks/stop_signal.h"
#include "eagain/driver/socket_table.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {
namespace {

// That the server listens has been found out before any check runs, from the kernel's tables. What
// is left is that a client is let in.
awaitable<void> Listens(Context& ctx) {
  Peer client = co_await ctx.connect();
  client.close();
}

// What the old server left on the port: connections whose end the client has not confirmed.
size_t LeftBehind(uint16_t port) {
  const auto sockets = driver::ReadTcpSockets();
  return static_cast<size_t>(
      std::count_if(sockets.begin(), sockets.end(), [&](const driver::TcpSocket& socket) {
        return socket.local_port == port && socket.state != driver::TcpState::kListen;
      }));
}

constexpr std::string_view kStartsAgain =
    "stopped with clients connected, the server starts again at once on its port";

// Other processes may still be busy with their clients when the first one has ended. They get time,
// but must not keep the port from whoever comes next.
awaitable<void> ExpectPortGivenBack(Context& ctx) {
  constexpr std::chrono::milliseconds kWithGrace{4000};
  if (!co_await StopsWithin(ctx, kWithGrace)) {
    throw Failure(std::string(kStartsAgain), WhyNotStopped(ctx));
  }
}

awaitable<void> Restart(Context& ctx) {
  // One, so that a server which serves its clients one after the other can be asked too.
  std::vector<Peer> clients = co_await ConnectServed(ctx, 1);
  const uint16_t port = ctx.server().port();
  const bool no_wrapper = FirstProcessListens(ctx);
  SendSignal(ctx, SIGTERM);
  // Whether it stops when asked is another check's question: here it is killed if it does not. The
  // server's side closes first, and as long as the clients keep theirs the kernel keeps the
  // connections: the state in which the port is refused to a server without SO_REUSEADDR.
  static_cast<void>(co_await StopsWithin(ctx, std::chrono::milliseconds(500)));
  if (no_wrapper && ctx.server().ended()) {
    co_await ExpectPortGivenBack(ctx);
  }
  ctx.stop_server();
  ctx.transcript().note(fmt::format("the server has stopped; the kernel still holds {} on its port",
                                    driver::Counted(LeftBehind(port), "connection")));
  try {
    co_await ctx.start_server();
  } catch (const Failure& failure) {
    throw Failure(std::string(kStartsAgain),
                  fmt::format("it does not (SO_REUSEADDR missing, or set after bind?): {}",
                              failure.actual()));
  }
  clients.clear();
  Peer newcomer = co_await ctx.connect();
  co_await newcomer.round_trip("served again");
}

// A client is connected when the signal comes. A server may take a moment, and it may let its
// clients finish first: so in the end the client leaves.
awaitable<void> EndsBySignal(Context& ctx, int signo) {
  constexpr std::chrono::milliseconds kAtOnce{1000};
  constexpr std::chrono::milliseconds kWithGrace{4000};
  constexpr std::chrono::milliseconds kWithoutClients{2000};
  Peer client = co_await ctx.connect();
  co_await client.round_trip("before the signal");
  SendSignal(ctx, signo);
  bool stopped = co_await StopsWithin(ctx, kAtOnce);
  if (!stopped) {
    SendSignalPastWrapper(ctx, signo);
    stopped = co_await StopsWithin(ctx, kWithGrace);
  }
  if (!stopped) {
    client.close();
    stopped = co_await StopsWithin(ctx, kWithoutClients);
  }
  if (!stopped) {
    throw Failure(
        fmt::format("{} ends the server", SignalName(signo)),
        fmt::format("it was given time, and its client has left, but {}", WhyNotStopped(ctx)));
  }
  NoteHowItEnded(ctx, signo);
}

awaitable<void> Terminate(Context& ctx) { co_await EndsBySignal(ctx, SIGTERM); }
awaitable<void> Interrupt(Context& ctx) { co_await EndsBySignal(ctx, SIGINT); }

bool ListensOn(const driver::ServerProcess& process, uint16_t port) {
  const auto listeners = driver::ListenersOf(process.pid());
  return std::any_of(listeners.begin(), listeners.end(),
                     [&](const driver::TcpSocket& socket) { return socket.local_port == port; });
}

void JudgeSecondServer(const driver::ServerProcess& second, bool has_ended,
                       const std::string& why) {
  const std::string expected =
      "a second server on the same port fails at once, with a message and a status other than 0";
  if (!has_ended) {
    const auto listeners = driver::ListenersOf(second.pid());
    throw Failure(expected, listeners.empty()
                                ? fmt::format("it goes on without the port: {}", why)
                                : fmt::format("it listens on port {} instead, where nobody looks",
                                              listeners.front().local_port));
  }
  if (!second.ended()->signaled && second.ended()->status == 0) {
    throw Failure(expected, "it ended with exit status 0, as if all were well");
  }
  if (second.output().empty()) {
    throw Failure(expected,
                  fmt::format("it ended without a word ({})", second.ended()->describe()));
  }
}

awaitable<void> PortInUse(Context& ctx) {
  const uint16_t port = ctx.server().port();
  driver::ServerProcess second(ctx.io(), ctx.command(), port);
  ctx.transcript().note("a second server is started on the same port");
  driver::Patience patience(ctx.io(), ctx.patience().limits());
  patience.observe(&second);
  std::string why;
  const bool decided =
      co_await patience.until([&] { return second.ended() || ListensOn(second, port); }, &why);
  if (!second.ended() && ListensOn(second, port)) {
    throw Skip("two servers share the port, which only SO_REUSEPORT allows: sharing is meant");
  }
  JudgeSecondServer(second, decided, why);
  patience.observe(nullptr);
  co_await ctx.expect_alive("the second server has failed");
}

constexpr Check kLifecycleChecks[] = {
    {.id = "lifecycle/listens",
     .level = Level::kMust,
     .requirement = "the server starts, and its port opens",
     .why = "Nothing else can be asked of a server that cannot be reached.",
     .source = "socket(2), bind(2), listen(2)",
     .run = Listens},
    {.id = "lifecycle/restart",
     .level = Level::kMust,
     .requirement = "stopped with clients connected, it starts again at once on the same port",
     .why = "Without SO_REUSEADDR the port stays closed for a minute after every restart; a child "
            "that "
            "has the listener keeps it for longer.",
     .source = "socket(7), SO_REUSEADDR; tcp(7); RFC 9293, section 3.6",
     .run = Restart},
    {.id = "lifecycle/terminate",
     .level = Level::kMust,
     .requirement = "SIGTERM ends it",
     .why = "kill, systemd and every container send SIGTERM; what follows is SIGKILL.",
     .source = "signal(7), sigaction(2)",
     .run = Terminate},
    {.id = "lifecycle/interrupt",
     .level = Level::kMust,
     .requirement = "SIGINT (Ctrl-C) ends it",
     .why = "Ctrl-C is how a program in a terminal is stopped.",
     .source = "signal(7), sigaction(2)",
     .run = Interrupt},
    {.id = "lifecycle/port-in-use",
     .level = Level::kShould,
     .requirement = "a second server on the port fails at once, with a message and a status other "
                    "than 0",
     .why = "A bind that failed unnoticed leaves a server that runs and serves nobody.",
     .source = "bind(2), EADDRINUSE; exit(3)",
     .run = PortInUse},
};

}  // namespace

std::span<const Check> LifecycleChecks() { return kLifecycleChecks; }

}  // namespace eagain::checks
