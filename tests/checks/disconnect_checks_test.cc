#include <gtest/gtest.h>

#include "verdict_of.h"

namespace eagain::checks {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(DescriptorsTest, FailsOnAServerThatKeepsOneForEachClient) {
  EXPECT_THAT(VerdictOf("disconnect/descriptors", WrongServer("keeps-one-of-1")),
              FailsSaying("are open"));
}

TEST(DescriptorsTest, FailsOnAServerThatKeepsOneNowAndThen) {
  EXPECT_THAT(VerdictOf("disconnect/descriptors", WrongServer("keeps-one-of-100")),
              FailsSaying("are open"));
}

// As a pool of pipes does (Go's splice): it is as large as it was ever needed, and no larger.
TEST(DescriptorsTest, PassesOnAServerWhosePoolGrowsLate) {
  EXPECT_THAT(VerdictOf("disconnect/descriptors", WrongServer("has-a-growing-pool")), Passes());
}

// The parent sleeps, and has the descriptor that the child has closed.
TEST(OrderlyTest, SaysWhoKeepsTheConnection) {
  EXPECT_THAT(
      VerdictOf("disconnect/orderly", Student("processes", "parent-keeps-client")),
      FailsSaying("the server still has the connection open: descriptor 4 of its first process"));
}

// A zombie sleeps in nothing.
TEST(ChildrenTest, SaysHowManyZombiesThereAreAndNothingElseOfThem) {
  const Outcome outcome = VerdictOf("disconnect/children", Student("processes", "zombies"));
  EXPECT_THAT(outcome, FailsSaying("1 process with 1 thread, 42 zombies: nothing moved"));
  EXPECT_THAT(outcome.actual, HasSubstr("the server sleeps in accept(3)"));
  EXPECT_THAT(outcome.actual, Not(HasSubstr("threads)")));
}

TEST(ChildrenTest, SaysOnceWhatThreadsAreLeftIn) {
  EXPECT_THAT(VerdictOf("disconnect/children", Student("threads", "threads-never-end")),
              FailsSaying("1 process with 43 threads, 0 zombies: nothing moved"));
}

TEST(DescriptorReuseTest, SaysWhoseBytesTheNewcomerGot) {
  EXPECT_THAT(VerdictOf("disconnect/descriptor-reuse", Student("select", "state-by-number")),
              FailsSaying("it received 256 bytes: bytes of client 5"));
}

TEST(DescriptorReuseTest, SaysThatTheEndOfThePredecessorWasInTheSameBatch) {
  const Outcome outcome = VerdictOf("disconnect/descriptor-reuse", Student("poll", "stale-event"));
  EXPECT_THAT(outcome, FailsSaying("the server closed the connection"));
  EXPECT_THAT(outcome.expected, HasSubstr("in one batch of events"));
}

}  // namespace
}  // namespace eagain::checks
