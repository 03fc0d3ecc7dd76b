// Makes a failing run smaller for as long as it still breaks the same rule: fewer faults, fewer
// clients, fewer messages, a machine on which nothing is late or out of order by itself.
#pragma once

#include <cstdint>
#include <vector>

#include "eagain/fault/plan/plan.h"
#include "eagain/fault/sim/scenario.h"
#include "eagain/fault/sim/simulation.h"

namespace eagain::sim {

// What is left of a scenario.
struct Reduction {
  std::vector<uint32_t> clients;  // those who come, from 1 on; empty: all
  uint32_t messages = 0;          // of each client, at most; 0: as many as it likes
  bool calm = false;              // everything arrives at once, whole, and in order
  bool operator==(const Reduction&) const = default;
};

// Clients that are not there are passed over.
Scenario Reduced(const Scenario& scenario, const Reduction& reduction);

struct Shrunk {
  Reduction reduction;
  fault::Plan plan;
  Violation violation;  // the same rule, and perhaps other words
  uint64_t runs = 0;    // that it took
};

// `plan` breaks `violation.rule` in `scenario`. At most about `most_runs` are made.
Shrunk Shrink(Simulation& simulation, const Scenario& scenario, const fault::Plan& plan,
              const Violation& violation, uint64_t most_runs = 500);

}  // namespace eagain::sim
