// What happens to a server in one simulated run: the machine, the clients, and when it is to stop.
#pragma once

#include <string>
#include <vector>

#include "eagain/fault/sim/client.h"
#include "eagain/fault/sim/sim_options.h"

namespace eagain::sim {

// How big the server's own measures should be, for those that can be told; 0: as it likes.
struct Tuning {
  size_t receive_buffer = 0;  // bytes received at a time
  size_t high_water = 0;      // bytes that wait for one client, then no more is read from it
  size_t low_water = 0;       // ... until so few are left
  bool operator==(const Tuning&) const = default;
};

struct Scenario {
  std::string name;
  SimOptions machine;
  std::vector<ClientScript> clients;
  Tuning tuning;
  // How many descriptors are left when the first client comes; 0: as many as the machine allows.
  int spare_descriptors = 0;
  // When the server is asked to stop; 0: once every client has had what it came for.
  Time stop_at = 0;
  // Not for a server that serves one client after the other.
  bool needs_concurrency = false;
};

// The situations in which servers go wrong, each small enough to be swept: one client; two at once;
// backpressure with queued bytes; half-close with queued bytes; reset with queued bytes; a burst of
// newcomers; running out of descriptors; stopping with clients connected; a flood beside a quiet
// client; a client that never reads.
std::vector<Scenario> StandardScenarios();

}  // namespace eagain::sim
