// The seeded swarm: a server goes through thousands of schedules (schedule.h), each of which a seed
// expands to: another machine, other clients, other faults. After each, the rules must hold
// (simulation.h). The same seed is the same schedule and the same trace, byte for byte, everywhere.
//
//   TEST(MyServer, SurvivesTheSwarm) {
//     const sim::SwarmReport report = sim::Swarm([](Sys& sys, sim::Process& process) {
//       MyServer server(sys, process.port());
//       process.on_sigterm([&] { server.stop(); });
//       return server.run();
//     }, {.last_seed = 10'000});
//     EXPECT_TRUE(report.passed()) << report.text();
//   }
//
// Thread-safety: none is shared; swarms on several threads, each over its own seeds, are fine as
// long as the server has no globals.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "eagain/fault/plan/legality.h"
#include "eagain/fault/plan/plan.h"
#include "eagain/fault/sim/schedule.h"
#include "eagain/fault/sim/shrink.h"
#include "eagain/fault/sim/simulation.h"

namespace eagain::sim {

struct SwarmOptions {
  uint64_t first_seed = 1;
  uint64_t last_seed = 1'000;  // included
  Expectations expectations;
  fault::Level level = fault::Level::kMust;  // of the faults
  // After so many failing seeds no more are tried.
  size_t most_failures = 1;
  // How many runs may be spent on making a failing schedule smaller; 0: none.
  uint64_t shrink_runs = 500;
  // Called after every seed, with how many have been tried; false: stop here. May be empty.
  std::function<bool(uint64_t seeds)> progress;
};

struct SwarmFailure {
  uint64_t seed = 0;
  Schedule schedule;
  Violation violation;
  // What the faults were, a rule for each: PlanFaults makes them happen again in schedule.scenario.
  fault::Plan plan;
  Shrunk shrunk;      // the same failure, as small as could be
  std::string trace;  // of the shrunk run, call by call
};

struct SwarmReport {
  uint64_t seeds = 0;   // tried
  uint64_t calls = 0;   // made by the server
  uint64_t faults = 0;  // that happened
  std::vector<SwarmFailure> failures;

  bool passed() const { return failures.empty() && seeds > 0; }
  // What a person is told: the counts, and each failing seed with its options, and what it was
  // shrunk to with the end of its trace.
  std::string text() const;
};

// The machine and the clients, and the odds of faults, a line each, indented.
std::string ScenarioText(const Scenario& scenario);
std::string OptionsText(const Schedule& schedule);

SwarmReport Swarm(const ServerMain& server, const SwarmOptions& options = {});

}  // namespace eagain::sim
