#include "eagain/checks/stop_signal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <vector>

#include "eagain/driver/socket_table.h"

namespace eagain::checks {
namespace {

using std::chrono::milliseconds;

// The processes of the tree that hold the server's listening socket.
std::vector<pid_t> Listening(const driver::ServerProcess& server) {
  std::vector<uint64_t> listeners;
  for (const driver::TcpSocket& socket : driver::ListenersOf(server.pid())) {
    if (socket.local_port == server.port()) {
      listeners.push_back(socket.inode);
    }
  }
  std::vector<pid_t> listening;
  for (const pid_t pid : driver::ProcessTree(server.pid())) {
    const auto held = driver::SocketInodes({pid});
    if (std::any_of(listeners.begin(), listeners.end(),
                    [&](uint64_t inode) { return held.contains(inode); })) {
      listening.push_back(pid);
    }
  }
  return listening;
}

bool HasStopped(const driver::ServerProcess& server) {
  return server.ended() && Listening(server).empty();
}

}  // namespace

std::string_view SignalName(int signo) {
  assert(signo == SIGTERM || signo == SIGINT);
  return signo == SIGTERM ? "SIGTERM" : "SIGINT";
}

void SendSignal(Context& ctx, int signo) {
  ctx.transcript().add(0, driver::EventKind::kServer, 0,
                       fmt::format("the server is sent {}", SignalName(signo)));
  ctx.server().signal(signo);
}

bool FirstProcessListens(Context& ctx) {
  const std::vector<pid_t> listening = Listening(ctx.server());
  return !ctx.server().ended() &&
         std::find(listening.begin(), listening.end(), ctx.server().pid()) != listening.end();
}

void SendSignalPastWrapper(Context& ctx, int signo) {
  if (FirstProcessListens(ctx)) {
    return;
  }
  for (const pid_t pid : Listening(ctx.server())) {
    ctx.transcript().add(0, driver::EventKind::kServer, 0,
                         fmt::format("process {}, which listens, is sent {} too: the first process "
                                     "may be a wrapper that keeps it to itself",
                                     pid, SignalName(signo)));
    ::kill(pid, signo);
  }
}

awaitable<bool> StopsWithin(Context& ctx, milliseconds limit) {
  driver::Patience& patience = ctx.patience();
  const auto began = patience.fair_time();
  while (!HasStopped(ctx.server())) {
    if (patience.fair_time() - began >= limit * patience.limits().scale) {
      co_return false;
    }
    co_await patience.pass(milliseconds(10));
  }
  co_return true;
}

std::string WhyNotStopped(Context& ctx) {
  const driver::ServerProcess& server = ctx.server();
  if (server.ended()) {
    const auto listening = Listening(server);
    return fmt::format("its first process has ended ({}), but {} {} still {} on the port",
                       server.ended()->describe(), listening.size() == 1 ? "process" : "processes",
                       fmt::join(listening, ", "), listening.size() == 1 ? "listens" : "listen");
  }
  return fmt::format("it still runs; what its threads are in: {}",
                     fmt::join(driver::BlockedIn(server.pid()), ", "));
}

void NoteHowItEnded(Context& ctx, int signo) {
  const driver::ProcessEnd end = *ctx.server().ended();
  const bool by_default = end.signaled && end.status == signo;
  const bool clean = !end.signaled && (end.status == 0 || end.status == 128 + signo);
  ctx.transcript().note(
      by_default || clean ? fmt::format("the server has ended: {}", end.describe())
                          : fmt::format("the server has ended: {}; a careful one ends with 0 or {}",
                                        end.describe(), 128 + signo));
}

}  // namespace eagain::checks
