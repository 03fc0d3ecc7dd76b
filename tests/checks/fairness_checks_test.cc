#include <gtest/gtest.h>

#include "family_test_name.h"
#include "verdict_of.h"

namespace eagain::checks {
namespace {

class FairnessChecksTest : public testing::TestWithParam<Check> {};

TEST_P(FairnessChecksTest, PassesOnAMultiplexingServer) {
  EXPECT_THAT(VerdictOf(GetParam().id, RightServer()), Passes());
}

TEST_P(FairnessChecksTest, PassesOnAnEdgeTriggeredServerWithABudget) {
  EXPECT_THAT(VerdictOf(GetParam().id, EdgeTriggeredServer(16)), Passes());
}

INSTANTIATE_TEST_SUITE_P(All, FairnessChecksTest, testing::ValuesIn(FairnessChecks()), SlugOf);

TEST(FloodTest, FailsOnAServerThatReadsUntilEagain) {
  EXPECT_THAT(VerdictOf("fairness/flood", EdgeTriggeredServer(0)),
              FailsSaying("those that send as fast as they can"));
}

TEST(FloodTest, FailsOnAServerThatServesTheFirstReadyClientOnly) {
  EXPECT_THAT(VerdictOf("fairness/flood", WrongServer("first-ready-only")),
              FailsSaying("those that send as fast as they can"));
}

TEST(SlowReaderTest, FailsOnAServerWithABlockingSend) {
  EXPECT_THAT(VerdictOf("fairness/slow-reader", WrongServer("blocking-send")),
              FailsSaying("the server sleeps in send"));
}

TEST(AcceptUnderLoadTest, FailsOnAServerThatReadsUntilEagain) {
  EXPECT_THAT(VerdictOf("fairness/accept-under-load", EdgeTriggeredServer(0)),
              FailsSaying("those that send as fast as they can"));
}

TEST(AcceptUnderLoadTest, FailsOnAServerThatAcceptsWhenThereIsNothingElseToDo) {
  EXPECT_THAT(VerdictOf("fairness/accept-under-load", WrongServer("accepts-when-idle")),
              FailsSaying("those that send as fast as they can"));
}

TEST(DataUnderConnectStormTest, FailsOnAServerThatForgetsAnotherWhenOneLeaves) {
  EXPECT_THAT(VerdictOf("fairness/data-under-connect-storm", WrongServer("forgets-another")),
              FailsSaying("others came and went"));
}

TEST(EqualShareTest, FailsOnAServerThatServesTheFirstReadyClientOnly) {
  EXPECT_THAT(VerdictOf("fairness/equal-share", WrongServer("first-ready-only")),
              FailsSaying("in the best of 3 windows the index is 0."));
}

}  // namespace
}  // namespace eagain::checks
