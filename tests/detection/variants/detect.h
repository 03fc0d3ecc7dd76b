// How a variant is found: in a scenario as it is; if not, by the sweep of faults over all scenarios; if not,
// by the swarm.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "eagain/fault/sim/simulation.h"
#include "variants.h"

namespace eagain::detection {

struct Detection {
  std::string by;    // "undisturbed: backpressure", "sweep: backpressure", "seed 17"
  std::string plan;  // the faults, "none" if it went wrong by itself
  sim::Violation violation;
  uint64_t runs = 0;  // until then
  std::string report;
};

// Nothing: it was not found.
std::optional<Detection> Detect(const sim::ServerMain& server);

// Whether what was found is what is wrong with it.
bool AsExpected(const Variant& variant, const std::optional<Detection>& detection);

}  // namespace eagain::detection
