// Several strategies through the sweep or the swarm, on several threads.
//
// The answers are the same, however many threads there are.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "eagain/fault/plan/legality.h"
#include "eagain/fault/sim/swarm.h"
#include "eagain/fault/sim/sweep.h"
#include "eagain/servers/registry.h"

namespace eagain {

struct CampaignOptions {
  std::vector<const Strategy*> strategies;  // that can be simulated
  fault::Level level = fault::Level::kMust;
  unsigned jobs = 1;  // threads
  // After each part of the work, by one thread at a time: what was done, and how much of all. May be
  // empty.
  std::function<void(const std::string& what, size_t done, size_t total)> progress;
};

// The whole sweep (sweep.h) of each strategy, in their order.
std::vector<sim::SweepReport> SweepStrategies(const CampaignOptions& options);

// Seeds `first` to `last` (swarm.h) of each strategy, in their order, up to its first failing one.
std::vector<sim::SwarmReport> SwarmStrategies(const CampaignOptions& options, uint64_t first,
                                              uint64_t last);

}  // namespace eagain
