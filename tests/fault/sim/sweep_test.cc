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

INSTANTIATE_TEST_SUITE_P(Strategies, SweepTest, testing::ValuesIn(SimulatedStrategies()),
                         StrategyTestName);

}  // namespace
}  // namespace eagain::sim
