// What to say of a server that does nothing while a client waits.
#pragma once

#include <chrono>
#include <string>

namespace eagain::driver {

class ServerProcess;

// "nothing moved for 1.5 s; the server sleeps in recv(4); 5 bytes wait to be read; 1 connection waits
// to be accepted", or
// "nothing moved while the server used the CPU for 5.0 s". `server` may be nullptr.
std::string StallEvidence(const ServerProcess* server, std::chrono::nanoseconds quiet,
                          std::chrono::nanoseconds busy);

}  // namespace eagain::driver
