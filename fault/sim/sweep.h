// The exhaustive single-fault sweep: a server goes through each scenario once undisturbed, and then
// again for every call that it made and every other answer that the kernel might have given to it,
// once with that fault alone and once with it lasting for a while. After each, the rules must hold
// (simulation.h).
//
//   TEST(MyServer, SurvivesEveryFaultAtEveryCall) {
//     const sim::SweepReport report = sim::Sweep([](Sys& sys, sim::Process& process) {
//       MyServer server(sys, process.port());
//       process.on_sigterm([&] { server.stop(); });
//       return server.run();
//     });
//     EXPECT_TRUE(report.passed()) << report.text();
//   }
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "eagain/fault/plan/legality.h"
#include "eagain/fault/sim/scenario.h"
#include "eagain/fault/sim/simulation.h"

namespace eagain::sim {

struct SweepOptions {
  std::vector<Scenario> scenarios = StandardScenarios();
  Expectations expectations;
  fault::Level level = fault::Level::kMust;
  // How many calls of the same kind a fault that lasts goes on for.
  uint64_t lasts_for = 8;
  // Only every so many calls: for when there is no time for all of them.
  uint64_t stride = 1;
  // A scenario with so many failures is swept no further.
  size_t most_failures = 5;
  // Called now and then, with how far it is; may be empty.
  std::function<void(const Scenario& scenario, uint64_t runs)> progress;
};

struct SweepFailure {
  std::string scenario;
  std::string plan;  // the fault, as a plan of one rule; empty: it failed undisturbed
  Violation violation;
  // The run again, call by call.
  std::string trace;
};

struct SweepReport {
  uint64_t scenarios = 0;
  uint64_t skipped = 0;  // they ask for concurrency, and the server is serial
  uint64_t calls = 0;    // that were disturbed
  uint64_t runs = 0;
  std::vector<SweepFailure> failures;

  bool passed() const { return failures.empty() && runs > 0; }
  // What a person is told: the counts, and each failure with its plan and the end of its trace.
  std::string text() const;
};

SweepReport Sweep(const ServerMain& server, const SweepOptions& options = {});

}  // namespace eagain::sim
