#include <gtest/gtest.h>

#include "family_test_name.h"
#include "verdict_of.h"

namespace eagain::checks {
namespace {

using testing::Contains;
using testing::HasSubstr;

class LifecycleChecksTest : public testing::TestWithParam<Check> {};

TEST_P(LifecycleChecksTest, PassesOnAMultiplexingServer) {
  EXPECT_THAT(VerdictOf(GetParam().id, RightServer()), Passes());
}

TEST_P(LifecycleChecksTest, PassesOnAnEdgeTriggeredServer) {
  EXPECT_THAT(VerdictOf(GetParam().id, EdgeTriggeredServer(16)), Passes());
}

TEST_P(LifecycleChecksTest, PassesOnAServerBelowAShell) {
  EXPECT_THAT(VerdictOf(GetParam().id, BelowShell(RightServer())), Passes());
}

INSTANTIATE_TEST_SUITE_P(All, LifecycleChecksTest, testing::ValuesIn(LifecycleChecks()), SlugOf);

TEST(ListensTest, FailsOnAServerThatNeverListens) {
  EXPECT_THAT(VerdictOf("lifecycle/listens", WrongServer("never-listens")), FailsSaying("listen"));
}

TEST(ListensTest, FailsOnAServerThatExitsAndShowsItsOutput) {
  const Outcome outcome = VerdictOf("lifecycle/listens", WrongServer("exits"));
  EXPECT_THAT(outcome, FailsSaying("exit status 1"));
  EXPECT_THAT(outcome.server_output, HasSubstr("no configuration file"));
}

TEST(RestartTest, FailsOnAServerWithoutReuseAddr) {
  const Outcome outcome = VerdictOf("lifecycle/restart", WrongServer("no-reuse"));
  EXPECT_THAT(outcome, FailsSaying("SO_REUSEADDR"));
  EXPECT_THAT(outcome.server_output, HasSubstr("Address already in use"));
}

TEST(RestartTest, FailsOnAServerWhoseChildrenKeepThePort) {
  EXPECT_THAT(VerdictOf("lifecycle/restart", WrongServer("children-keep-the-port")),
              FailsSaying("still listens on the port"));
}

TEST(RestartTest, PassesOnAServerThatHasToBeKilled) {
  EXPECT_THAT(VerdictOf("lifecycle/restart", WrongServer("deaf")), Passes());
}

TEST(TerminateTest, FailsOnADeafServer) {
  EXPECT_THAT(VerdictOf("lifecycle/terminate", WrongServer("deaf")), FailsSaying("it still runs"));
}

TEST(TerminateTest, FailsOnADeafServerBelowAShell) {
  EXPECT_THAT(VerdictOf("lifecycle/terminate", BelowShell(WrongServer("deaf"))),
              FailsSaying("still listens"));
}

TEST(TerminateTest, PassesOnAServerThatTakesItsTime) {
  EXPECT_THAT(VerdictOf("lifecycle/terminate", WrongServer("late")), Passes());
}

TEST(TerminateTest, NotesAnUnusualExit) {
  const Outcome outcome = VerdictOf("lifecycle/terminate", WrongServer("ends-with-five"));
  EXPECT_THAT(outcome, Passes());
  EXPECT_THAT(outcome.steps,
              Contains(HasSubstr("exit status 5; a careful one ends with 0 or 143")));
}

TEST(InterruptTest, FailsOnADeafServer) {
  EXPECT_THAT(VerdictOf("lifecycle/interrupt", WrongServer("deaf")), FailsSaying("it still runs"));
}

TEST(PortInUseTest, FailsOnASecondServerThatSaysNothing) {
  EXPECT_THAT(VerdictOf("lifecycle/port-in-use", WrongServer("silent-failure")),
              FailsSaying("without a word"));
}

TEST(PortInUseTest, FailsOnASecondServerThatEndsAsIfAllWereWell) {
  EXPECT_THAT(VerdictOf("lifecycle/port-in-use", WrongServer("cheerful-failure")),
              FailsSaying("exit status 0"));
}

TEST(PortInUseTest, FailsOnASecondServerThatGoesOnWithoutThePort) {
  EXPECT_THAT(VerdictOf("lifecycle/port-in-use", WrongServer("stays-without-port")),
              FailsSaying("goes on without the port"));
}

TEST(PortInUseTest, FailsOnASecondServerThatListensElsewhere) {
  EXPECT_THAT(VerdictOf("lifecycle/port-in-use", WrongServer("elsewhere")),
              FailsSaying("instead, where nobody looks"));
}

TEST(PortInUseTest, DoesNotApplyToServersThatShareThePort) {
  EXPECT_THAT(VerdictOf("lifecycle/port-in-use", WrongServer("shares-the-port")),
              SkipsSaying("SO_REUSEPORT"));
}

}  // namespace
}  // namespace eagain::checks
