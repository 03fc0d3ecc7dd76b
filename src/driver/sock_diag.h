// The kernel's tables of sockets, asked for by sock_diag(7). A file below /proc/net costs milliseconds
// at each reading, since the kernel walks its whole table of connections several times for it; here
// it is walked once for all of them, and not at all for listeners or for one connection.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "eagain/driver/socket_table.h"

namespace eagain::driver {

// A bit for each TcpState, and for a connection that is being made (TCP_NEW_SYN_RECV): 1 << TcpState.
constexpr uint32_t kEveryState = (1U << 13) - 2;

// Every TCP socket of this network namespace that is in one of `states`; nothing where the kernel does
// not answer.
std::optional<std::vector<TcpSocket>> DumpTcpSockets(uint32_t states = kEveryState);

// Every listening TCP socket of this network namespace; from /proc/net where the kernel does not
// answer.
std::vector<TcpSocket> ReadListeners();

// Whether anybody in this network namespace listens on the port.
bool IsListenedOn(uint16_t port);

// Whether an IPv6 listener takes IPv6 clients only (IPV6_V6ONLY); nothing when that cannot be
// known.
std::optional<bool> TakesIpv6Only(const TcpSocket& listener);

// The socket at the other end of a client's socket on this machine, found by the addresses that
// getpeername(2) and getsockname(2) tell of the client's. Nothing when there is none, as before the
// server's kernel made the connection, or when the kernel does not answer.
std::optional<TcpSocket> FindOtherEnd(int client);

}  // namespace eagain::driver
