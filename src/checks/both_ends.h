// What the kernel says of connections between the clients of a check and the server: its tables
// (proc_net_tcp(5)) show both ends, also while the server is stopped.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "eagain/checks/context.h"
#include "eagain/driver/socket_table.h"

namespace eagain::checks {

// One client's connection, from both of its ends.
struct BothEnds {
  std::optional<driver::TcpSocket> client;
  std::optional<driver::TcpSocket> server;  // nothing once the server's end is gone

  // Bytes on their way: sent by the one and not read by the other, wherever they wait. At most so
  // many, since what was received and not acknowledged yet counts at both ends. An end of the
  // stream that was not read yet counts as one byte.
  uint64_t unread_by_server() const;
  uint64_t unread_by_client() const;
};

BothEnds BothEndsOf(Context& ctx, const Peer& peer);
// The same once the client is closed, by the port that it had.
BothEnds BothEndsOf(Context& ctx, uint16_t client_port);

// The server's ends of all connections to it, accepted or not.
std::vector<driver::TcpSocket> ServerEnds(Context& ctx);
// How many of them are in this state.
int ServerEndsIn(Context& ctx, driver::TcpState state);
// How many connections wait to be accepted.
uint64_t WaitingToBeAccepted(Context& ctx);

}  // namespace eagain::checks
