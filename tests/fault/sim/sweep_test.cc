#include "eagain/fault/sim/sweep.h"

#include <gtest/gtest.h>

#include "simulated_strategies.h"

namespace eagain::sim {
namespace {

// Every call of every scenario, or, where the compiler did not optimise, a sample of them.
#ifdef __OPTIMIZE__
constexpr uint64_t kStride = 1;
#else
constexpr uint64_t kStride = 31;
#endif

class SweepTest : public testing::TestWithParam<const Strategy*> {};

TEST_P(SweepTest, EveryFaultAtEveryCallIsSurvived) {
  const Strategy& strategy = *GetParam();
  SweepOptions options;
  options.expectations = ExpectationsOf(strategy);
  options.level = fault::Level::kShould;
  options.stride = kStride;
  const SweepReport report = Sweep(SimulatedStrategy(strategy), options);
  EXPECT_TRUE(report.passed()) << report.text();
  RecordProperty("runs", static_cast<int>(report.runs));
}

// Among them when the bytes at hand end where an edge-triggered server's share of the turn ends.
TEST_P(SweepTest, StoppingBeforeAnyCallIsSurvived) {
  const Strategy& strategy = *GetParam();
  Simulation simulation(SimulatedStrategy(strategy), ExpectationsOf(strategy));
  Scenario scenario = StandardScenarios().front();
  scenario.tuning = {.receive_buffer = 100, .high_water = 400, .low_water = 100};
  ClientScript& client = scenario.clients.front();
  client.messages = 2;
  client.message_size = 100 * static_cast<uint32_t>(ServerOptions().edge_budget_calls);
  client.ending = Ending::kStay;
  for (Time after = 0; after < 200; ++after) {
    scenario.stop_at = client.connects_at + after * kMicrosecond;
    const RunResult result = simulation.run(scenario);
    EXPECT_TRUE(result.ok()) << after << "us: " << result.violation->rule << ": "
                             << result.violation->what;
  }
}

INSTANTIATE_TEST_SUITE_P(Strategies, SweepTest, testing::ValuesIn(SimulatedStrategies()),
                         StrategyTestName);

}  // namespace
}  // namespace eagain::sim
