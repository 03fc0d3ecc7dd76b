#include <gtest/gtest.h>

#include "family_test_name.h"
#include "verdict_of.h"

namespace eagain::checks {
namespace {

class ConcurrencyChecksTest : public testing::TestWithParam<Check> {};

TEST_P(ConcurrencyChecksTest, PassesOnAMultiplexingServer) {
  EXPECT_THAT(VerdictOf(GetParam().id, RightServer()), Passes());
}

TEST_P(ConcurrencyChecksTest, PassesOnAnEdgeTriggeredServer) {
  EXPECT_THAT(VerdictOf(GetParam().id, EdgeTriggeredServer(16)), Passes());
}

INSTANTIATE_TEST_SUITE_P(All, ConcurrencyChecksTest, testing::ValuesIn(ConcurrencyChecks()),
                         SlugOf);

TEST(SecondClientTest, FailsOnAServerThatServesOneClientAfterTheOther) {
  EXPECT_THAT(VerdictOf("concurrency/second-client", OneByOneServer()),
              FailsSaying("1 connection waits to be accepted"));
}

TEST(PartialFirstTest, FailsOnAServerThatReadsWholeLines) {
  EXPECT_THAT(VerdictOf("concurrency/partial-first", WrongServer("whole-lines")),
              FailsSaying("the server sleeps in recv"));
}

TEST(ManyClientsTest, FailsOnAServerWithRoomForTen) {
  const Outcome outcome = VerdictOf("concurrency/many-clients", WrongServer("ten-clients"));
  EXPECT_THAT(outcome, FailsSaying("nothing moved"));
  EXPECT_THAT(outcome.expected, testing::HasSubstr("client 11 "));
}

TEST(ThousandClientsTest, FailsOnAServerWithRoomForFiveHundred) {
  const Outcome outcome =
      VerdictOf("concurrency/thousand-clients", WrongServer("five-hundred-clients"));
  EXPECT_THAT(outcome, FailsSaying("nothing moved"));
  EXPECT_THAT(outcome.expected, testing::HasSubstr("client 501 "));
}

TEST(ThousandClientsTest, ASlowServerIsNotAskedForMinutes) {
  EXPECT_THAT(VerdictInHaste("concurrency/thousand-clients", SlowServer()),
              SkipsSaying("within a minute, and 1000 are needed"));
}

TEST(IsolationTest, FailsOnAServerThatReadsAllIntoOneBufferBeforeItAnswers) {
  EXPECT_THAT(VerdictOf("concurrency/isolation", WrongServer("reads-all-then-answers-all")),
              FailsSaying("client"));
}

TEST(ConnectBurstTest, FailsOnAServerThatAcceptsOncePerEdge) {
  EXPECT_THAT(VerdictOf("concurrency/connect-burst", WrongServer("accepts-one-per-edge")),
              FailsSaying("199 connections wait to be accepted"));
}

TEST(ConnectBurstTest, PassesOnACorrectServerWithASmallBacklog) {
  EXPECT_THAT(VerdictOf("concurrency/connect-burst", RightServerWithBacklog(5)), Passes());
  EXPECT_THAT(VerdictOf("concurrency/connect-burst", RightServerWithBacklog(4)), Passes());
}

TEST(ConnectBurstTest, FailsOnAServerInWhoseBacklogNobodyCanWait) {
  EXPECT_THAT(VerdictOf("concurrency/connect-burst", WrongServer("backlog-of-one")),
              FailsSaying("its backlog is 1: the kernel lets no more than 2 connections wait"));
}

TEST(SlowSenderTest, FailsOnAServerThatReadsWholeLines) {
  EXPECT_THAT(VerdictOf("concurrency/slow-sender", WrongServer("whole-lines")),
              FailsSaying("the server sleeps in recv"));
}

}  // namespace
}  // namespace eagain::checks
