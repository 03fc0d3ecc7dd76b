#include "eagain/checks/both_ends.h"

#include <algorithm>

namespace eagain::checks {

using driver::TcpSocket;
using driver::TcpState;

namespace {

bool IsConnection(const TcpSocket& socket) {
  return socket.state != TcpState::kListen && socket.state != TcpState::kTimeWait;
}

}  // namespace

uint64_t BothEnds::unread_by_server() const {
  return (client ? client->tx_queue : 0) + (server ? server->rx_queue : 0);
}

uint64_t BothEnds::unread_by_client() const {
  return (server ? server->tx_queue : 0) + (client ? client->rx_queue : 0);
}

BothEnds BothEndsOf(Context& ctx, const Peer& peer) { return BothEndsOf(ctx, peer.local_port()); }

BothEnds BothEndsOf(Context& ctx, uint16_t client_port) {
  const uint16_t server_port = ctx.server().port();
  BothEnds ends;
  for (const TcpSocket& socket : driver::ReadTcpSockets()) {
    if (!IsConnection(socket)) {
      continue;
    }
    if (socket.local_port == client_port && socket.remote_port == server_port) {
      ends.client = socket;
    } else if (socket.local_port == server_port && socket.remote_port == client_port) {
      ends.server = socket;
    }
  }
  return ends;
}

std::vector<TcpSocket> ServerEnds(Context& ctx) {
  std::vector<TcpSocket> ends = driver::ReadTcpSockets();
  const uint16_t port = ctx.server().port();
  std::erase_if(ends, [port](const TcpSocket& socket) {
    return !IsConnection(socket) || socket.local_port != port;
  });
  return ends;
}

int ServerEndsIn(Context& ctx, TcpState state) {
  const auto ends = ServerEnds(ctx);
  return static_cast<int>(std::count_if(
      ends.begin(), ends.end(), [state](const TcpSocket& end) { return end.state == state; }));
}

uint64_t WaitingToBeAccepted(Context& ctx) {
  uint64_t waiting = 0;
  for (const TcpSocket& listener : driver::ListenersOf(ctx.server().pid())) {
    if (listener.local_port == ctx.server().port()) {
      waiting += listener.rx_queue;
    }
  }
  return waiting;
}

}  // namespace eagain::checks
