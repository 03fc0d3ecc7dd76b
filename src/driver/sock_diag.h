// Some sockets of the kernel's tables, asked for by sock_diag(7). The tables below /proc/net are
// walked by the kernel as a whole at each reading (milliseconds); this costs microseconds and is
// done often.
#pragma once

#include <optional>
#include <vector>

#include "eagain/driver/socket_table.h"

namespace eagain::driver {

// Every listening TCP socket of this network namespace; from /proc/net where the kernel does not
// answer.
std::vector<TcpSocket> ReadListeners();

// Whether an IPv6 listener takes IPv6 clients only (IPV6_V6ONLY); nothing when that cannot be
// known.
std::optional<bool> TakesIpv6Only(const TcpSocket& listener);

// The socket at the other end of a client's socket on this machine, found by the addresses that
// getpeername(2) and getsockname(2) tell of the client's. Nothing when there is none, as before the
// server's kernel made the connection, or when the kernel does not answer.
std::optional<TcpSocket> FindOtherEnd(int client);

}  // namespace eagain::driver
