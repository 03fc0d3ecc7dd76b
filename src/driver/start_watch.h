// Waiting for a server to listen, and saying what it did instead.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "eagain/driver/patience.h"
#include "eagain/driver/server_process.h"

namespace eagain::driver {

// Completes with the address to connect to when the tree listens on server.port(). Throws as
// ServerProcess::wait_until_listening promises. `patience` observes `server` meanwhile.
asio::awaitable<std::string> WatchStart(ServerProcess& server, Patience& patience);

}  // namespace eagain::driver
