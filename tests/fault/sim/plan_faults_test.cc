#include "eagain/fault/sim/plan_faults.h"

#include <gtest/gtest.h>

#include "eagain/fault/plan/parser.h"
#include "eagain/fault/sim/sweep.h"
#include "forgetful_server.h"

namespace eagain::sim {
namespace {

fault::Plan PlanOf(std::string_view text) {
  fault::ParsedPlan parsed = fault::ParsePlan(text);
  EXPECT_TRUE(parsed.ok()) << parsed.error_text();
  return std::move(parsed.plan);
}

TEST(SweptRuleTest, MakesTheSameFailureHappenAgainCallByCall) {
  SweepOptions options;
  options.level = fault::Level::kShould;
  options.most_failures = 100;
  const SweepReport report = Sweep(LosesTails, options);
  ASSERT_GT(report.failures.size(), 50U) << report.text();
  Simulation simulation(LosesTails);
  for (const SweepFailure& failure : report.failures) {
    for (const Scenario& scenario : StandardScenarios()) {
      if (scenario.name != failure.scenario) {
        continue;
      }
      PlanFaults faults(PlanOf(failure.plan));
      std::string trace;
      const RunResult result = simulation.run(scenario, &faults, &trace);
      ASSERT_FALSE(result.ok()) << scenario.name << ": " << failure.plan;
      EXPECT_EQ(*result.violation, failure.violation) << failure.plan;
      EXPECT_TRUE(trace == failure.trace) << scenario.name << ": " << failure.plan;
    }
  }
}

}  // namespace
}  // namespace eagain::sim
