#include "eagain/fault/sim/swarm.h"

#include <gtest/gtest.h>

#include "eagain/cli/simulated/simulated_strategy.h"
#include "eagain/fault/plan/printer.h"
#include "eagain/fault/sim/plan_faults.h"
#include "eagain/fault/sim/recorded_faults.h"
#include "simulated_strategies.h"

namespace eagain::sim {
namespace {

// All that the gate has time for, or, where the compiler did not optimise, a few.
#ifdef __OPTIMIZE__
constexpr uint64_t kSeeds = 3'000;
#else
constexpr uint64_t kSeeds = 200;
#endif

class SwarmTest : public testing::TestWithParam<const Strategy*> {
 protected:
  const Strategy& strategy_ = *GetParam();
  SwarmOptions options_{.last_seed = kSeeds,
                        .expectations = ExpectationsOf(strategy_),
                        .level = fault::Level::kShould,
                        .most_failures = 1,
                        .progress = nullptr};
};

TEST_P(SwarmTest, EverySeedIsSurvived) {
  const SwarmReport report = Swarm(SimulatedStrategy(strategy_), options_);
  EXPECT_TRUE(report.passed()) << report.text();
  EXPECT_EQ(report.seeds, kSeeds);
  EXPECT_GT(report.faults, kSeeds);
}

// What happened by chance happens again by plan, call by call.
TEST_P(SwarmTest, RecordedFaultsReplayAsAPlanByteForByte) {
  Simulation simulation(SimulatedStrategy(strategy_), options_.expectations);
  size_t rules = 0;
  for (uint64_t seed = 1; seed <= kSeeds / 10; ++seed) {
    const Schedule schedule = ScheduleOf(seed, options_.expectations.serial, options_.level);
    RandomFaults chance(schedule.faults);
    RecordedFaults recorded(chance);
    std::string first;
    simulation.run(schedule.scenario, &recorded, &first);
    PlanFaults plan(recorded.plan());
    std::string second;
    simulation.run(schedule.scenario, &plan, &second);
    ASSERT_TRUE(first == second) << "seed " << seed << ": " << fault::PlanText(recorded.plan());
    rules += recorded.plan().rules.size();
  }
  EXPECT_GT(rules, kSeeds / 10);
}

INSTANTIATE_TEST_SUITE_P(Strategies, SwarmTest, testing::ValuesIn(SimulatedStrategies()),
                         StrategyTestName);

}  // namespace
}  // namespace eagain::sim
