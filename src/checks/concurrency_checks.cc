// More than one client: nobody waits for anybody else, and everybody gets his own bytes.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "eagain/checks/check.h"
#include "eagain/checks/clients.h"
#include "eagain/checks/context.h"
#include "eagain/checks/descriptor_limit.h"
#include "eagain/driver/socket_table.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {
namespace {

awaitable<void> SecondClient(Context& ctx) {
  Peer idle = co_await ctx.connect();
  Peer second = co_await ctx.connect();
  co_await second.round_trip("ping");
  co_await idle.round_trip("and the first");
}

awaitable<void> PartialFirst(Context& ctx) {
  Peer first = co_await ctx.connect();
  co_await first.send("half of a li");
  // Once it has settled, the server has read the half, and waits for the rest if it ever does.
  co_await ctx.handled();
  Peer second = co_await ctx.connect();
  co_await second.round_trip("ping\n");
  co_await first.send("ne\n");
  co_await first.expect("half of a line\n");
}

awaitable<void> ManyClients(Context& ctx) {
  const std::vector<size_t> rounds = {10, 1000, 1};
  co_await ServeAll(ctx, 100, rounds);
}

awaitable<void> ThousandClients(Context& ctx) {
  constexpr int kClients = 1000;
  co_await MakeRoomForClients(ctx, kClients);
  const std::vector<size_t> rounds = {16};
  co_await ServeAll(ctx, kClients, rounds);
}

awaitable<void> Isolation(Context& ctx) {
  std::vector<Peer> clients = co_await ConnectServed(ctx, 20);
  // All messages are there when the server comes to look: one batch of events for all clients.
  co_await ctx.frozen([&]() -> awaitable<void> {
    for (size_t i = 0; i < clients.size(); ++i) {
      co_await clients[i].send_pattern(40 * (i + 1));
    }
  });
  for (size_t i = 0; i < clients.size(); ++i) {
    co_await clients[i].expect_pattern(40 * (i + 1));
  }
  // And as much as the server can do at the same time, for what threads do to each other.
  std::vector<awaitable<void>> exchanges;
  for (size_t i = 0; i < 8; ++i) {
    exchanges.push_back(clients[i].exchange_pattern(512 * 1024));
  }
  co_await ctx.all(std::move(exchanges));
}

// How many connections the kernel holds for the server until it accepts them. With several
// listeners on the port (SO_REUSEPORT) all connections may come to one of them.
uint32_t RoomForPending(const driver::ServerProcess& server) {
  std::optional<uint32_t> room;
  for (const driver::TcpSocket& listener : driver::ListenersOf(server.pid())) {
    if (listener.local_port == server.port() && listener.backlog) {
      room = std::min(room.value_or(UINT32_MAX), *listener.backlog + 1);
    }
  }
  if (!room) {
    throw Skip("this kernel does not tell the backlog of a listener (sock_diag(7), tcp_diag)");
  }
  return *room;
}

// As many connections as the server's backlog holds are made while it is stopped, so that it finds
// all of them at once, and again until `kClients` are connected. A small backlog is no defect: the
// kernel makes the others try again, a second later. That second is spared by not asking for more
// than it holds. One that holds next to nothing is a defect: of every few newcomers all but one are
// sent away, again and again.
awaitable<void> ConnectBurst(Context& ctx) {
  constexpr size_t kClients = 200;
  constexpr uint32_t kLeastRoom = 3;
  const uint32_t room = RoomForPending(ctx.server());
  if (room < kLeastRoom) {
    throw Failure(
        "newcomers that come at once can wait until they are accepted",
        fmt::format("its backlog is {}: the kernel lets no more than {} wait and drops the "
                    "others, which try again a second later, then two, then four",
                    room - 1, driver::Counted(room, "connection")));
  }
  std::vector<Peer> clients;
  while (clients.size() < kClients) {
    const size_t at_once = std::min<size_t>(kClients - clients.size(), room);
    std::vector<Peer> burst;
    co_await ctx.frozen(
        [&]() -> awaitable<void> { burst = co_await ctx.connect_many(static_cast<int>(at_once)); });
    co_await RoundTripOfAll(burst, 32);
    std::move(burst.begin(), burst.end(), std::back_inserter(clients));
  }
  co_await RoundTripOfAll(clients, 32);
}

awaitable<void> SlowSender(Context& ctx) {
  const std::string message = "a byte at a time\n";
  Peer slow = co_await ctx.connect();
  Peer other = co_await ctx.connect();
  for (const char byte : message) {
    co_await slow.send(std::string(1, byte));
    co_await other.round_trip("meanwhile");
  }
  co_await slow.expect(message);
}

constexpr Check kConcurrencyChecks[] = {
    {.id = "concurrency/second-client",
     .level = Level::kMust,
     .requirement = "a second client is served while the first is connected and idle",
     .why = "One client that says nothing must not keep everybody else out.",
     .source = "accept(2), poll(2), epoll(7)",
     .run = SecondClient},
    {.id = "concurrency/partial-first",
     .level = Level::kMust,
     .requirement =
         "a second client is served while the first has sent half of something and waits",
     .why = "A server that reads on until a message is complete waits for one client only.",
     .source = "recv(2); RFC 9293, section 2.2",
     .run = PartialFirst},
    {.id = "concurrency/many-clients",
     .level = Level::kMust,
     .requirement = "100 clients at once, interleaved, are all served",
     .why = "Tables of a fixed size and off-by-one loops show with more than a few clients.",
     .source = "poll(2), select(2), epoll(7)",
     .run = ManyClients},
    {.id = "concurrency/thousand-clients",
     .level = Level::kMust,
     .requirement = "1,000 clients are connected and served",
     .why = "Serving many clients at once is what multiplexing is for.",
     .source = "select(2), FD_SETSIZE; getrlimit(2), RLIMIT_NOFILE",
     .run = ThousandClients},
    {.id = "concurrency/isolation",
     .level = Level::kMust,
     .requirement = "each client gets its own bytes, and nobody else's",
     .why = "A buffer that two clients share gives one client's data to the other.",
     .source = "RFC 862; pthreads(7)",
     .run = Isolation},
    {.id = "concurrency/connect-burst",
     .level = Level::kMust,
     .requirement = "200 connections that are made at once are all served",
     .why =
         "Connections come in bunches: one event may stand for many, and a thread may begin only "
         "after the next accept.",
     .source = "accept(2); listen(2); epoll(7), question 9",
     .run = ConnectBurst},
    {.id = "concurrency/slow-sender",
     .level = Level::kMust,
     .requirement = "a client that sends a byte at a time delays nobody",
     .why = "The slowest client must not set the pace for all.",
     .source = "recv(2); RFC 9293, section 2.2",
     .run = SlowSender},
};

}  // namespace

std::span<const Check> ConcurrencyChecks() { return kConcurrencyChecks; }

}  // namespace eagain::checks
