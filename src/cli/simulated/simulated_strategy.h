// The production servers, as programs that a simulation can run.
#pragma once

#include "eagain/fault/sim/simulation.h"
#include "eagain/servers/registry.h"

namespace eagain {

// `options.host` and `options.port` are the simulation's to choose.
sim::ServerMain SimulatedStrategy(const Strategy& strategy, const ServerOptions& options = {});

// What can be expected of it beyond what is expected of any server.
sim::Expectations ExpectationsOf(const Strategy& strategy);

// Whether it can be simulated; if not, why not.
const char* WhyNotSimulated(const Strategy& strategy);

}  // namespace eagain
