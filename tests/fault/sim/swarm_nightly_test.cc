// 100,000 schedules for each strategy.
#include <gtest/gtest.h>

#include "eagain/cli/simulated/campaign.h"
#include "simulated_strategies.h"

namespace eagain::sim {
namespace {

class LongSwarmTest : public testing::TestWithParam<const Strategy*> {};

TEST_P(LongSwarmTest, AHundredThousandSeedsAreSurvived) {
  const CampaignOptions options{
      .strategies = {GetParam()}, .level = fault::Level::kShould, .jobs = 2, .progress = nullptr};
  const SwarmReport report = SwarmStrategies(options, 1, 100'000).front();
  EXPECT_TRUE(report.passed()) << report.text();
  EXPECT_EQ(report.seeds, 100'000U);
}

INSTANTIATE_TEST_SUITE_P(Strategies, LongSwarmTest, testing::ValuesIn(SimulatedStrategies()),
                         StrategyTestName);

}  // namespace
}  // namespace eagain::sim
