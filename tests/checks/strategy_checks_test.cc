#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "family_test_name.h"
#include "verdict_of.h"

namespace eagain::checks {
namespace {

struct Honest {
  std::string strategy;
  Command command;
};

class HonestServerTest : public testing::TestWithParam<std::tuple<Check, Honest>> {};

TEST_P(HonestServerTest, IsWhatItSaysItIs) {
  const auto& [check, server] = GetParam();
  const Outcome outcome = VerdictOf(check.id, server.command, server.strategy);
  EXPECT_TRUE(outcome.verdict == Verdict::kPass || outcome.verdict == Verdict::kSkip) << outcome;
  if (outcome.verdict == Verdict::kSkip) {
    EXPECT_THAT(outcome, SkipsSaying("not asked of strategy"));
  }
}

std::string HonestTestName(const testing::TestParamInfo<std::tuple<Check, Honest>>& info) {
  const auto& [check, server] = info.param;
  std::string name = SlugOf(testing::TestParamInfo<Check>(check, 0)) + "Of_" + server.strategy;
  std::replace(name.begin(), name.end(), '-', '_');
  return name + "_" + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(All, HonestServerTest,
                         testing::Combine(testing::ValuesIn(StrategyChecks()),
                                          testing::Values(Honest{"select", Student("select")},
                                                          Honest{"select", RightServer()},
                                                          Honest{"poll", Student("poll")},
                                                          Honest{"epoll", Student("epoll")},
                                                          Honest{"epoll-et", Student("epoll-et")},
                                                          Honest{"threads", Student("threads")},
                                                          Honest{"processes", Student("processes")},
                                                          Honest{"blocking", Student("blocking")})),
                         HonestTestName);

TEST(StrategyTest, WithoutAClaimThereIsNothingToCheck) {
  for (const Check& check : StrategyChecks()) {
    EXPECT_THAT(VerdictOf(check.id, RightServer()), SkipsSaying("--strategy"));
  }
}

TEST(ClaimedCallTest, FailsOnAServerThatPollsAndSaysEpoll) {
  EXPECT_THAT(VerdictOf("strategy/claimed-call", Student("poll"), "epoll"),
              FailsSaying("it waits by poll"));
}

TEST(ClaimedCallTest, FailsOnAServerThatSelectsAndSaysPoll) {
  EXPECT_THAT(VerdictOf("strategy/claimed-call", Student("select"), "poll"),
              FailsSaying("it waits by select"));
}

TEST(ClaimedCallTest, FailsOnThreadsThatSaySelect) {
  EXPECT_THAT(VerdictOf("strategy/claimed-call", Student("threads"), "select"),
              FailsSaying("it never does"));
}

TEST(ClaimedCallTest, FailsOnOneThreadThatSaysThreadsOrProcesses) {
  EXPECT_THAT(VerdictOf("strategy/claimed-call", Student("epoll"), "threads"),
              FailsSaying("0 of 3 have"));
  EXPECT_THAT(VerdictOf("strategy/claimed-call", Student("threads"), "processes"),
              FailsSaying("1 of 3 have"));
  EXPECT_THAT(VerdictOf("strategy/claimed-call", Student("processes"), "threads"),
              FailsSaying("they are in 3 processes"));
}

TEST(ClaimedCallTest, PassesOnThreadsThatSplice) {
  EXPECT_THAT(VerdictOf("strategy/claimed-call", WrongServer("threads-that-splice"), "threads"),
              Passes());
}

TEST(ClaimedCallTest, PassesOnThreadsThatAreFoundRunning) {
  EXPECT_THAT(VerdictOf("strategy/claimed-call", WrongServer("threads-with-timers"), "threads"),
              Passes());
}

TEST(SingleThreadedTest, FailsOnAThreadOrAProcessForEachClient) {
  EXPECT_THAT(VerdictOf("strategy/single-threaded", Student("threads"), "select"),
              FailsSaying("one for each client"));
  EXPECT_THAT(VerdictOf("strategy/single-threaded", Student("processes"), "epoll"),
              FailsSaying("one for each client"));
}

TEST(SingleThreadedTest, FailsOnAPoolOfThreads) {
  EXPECT_THAT(VerdictOf("strategy/single-threaded", WrongServer("pool-of-two"), "poll"),
              FailsSaying("is served by"));
}

TEST(NonBlockingTest, FailsOnABlockingListener) {
  EXPECT_THAT(VerdictOf("strategy/non-blocking", Student("epoll", "listener-blocking"), "epoll"),
              FailsSaying("accept waits when the client has gone"));
}

TEST(NonBlockingTest, FailsOnBlockingClients) {
  EXPECT_THAT(VerdictOf("strategy/non-blocking", Student("epoll", "client-blocking"), "epoll"),
              FailsSaying("stuck in send("));
}

TEST(NonBlockingTest, FailsOnBlockingClientsOfAServerThatIsFoundRunning) {
  for (int time = 0; time < 5; ++time) {
    EXPECT_THAT(
        VerdictOf("strategy/non-blocking", WrongServer("blocking-send-with-timer"), "select"),
        FailsSaying("stuck in send("));
  }
}

TEST(EdgeTriggeredTest, FailsWhenTheFlagIsNotWhatTheServerSays) {
  EXPECT_THAT(VerdictOf("strategy/edge-triggered", Student("epoll"), "epoll-et"),
              FailsSaying("without EPOLLET"));
  EXPECT_THAT(VerdictOf("strategy/edge-triggered", Student("epoll-et"), "epoll"),
              FailsSaying("with EPOLLET"));
  EXPECT_THAT(VerdictOf("strategy/edge-triggered", Student("poll"), "epoll-et"),
              FailsSaying("registered with no epoll"));
}

TEST(BlocksWhenIdleTest, FailsOnATimeoutThatIsNoWait) {
  EXPECT_THAT(VerdictOf("strategy/blocks-when-idle", Student("poll", "zero-timeout"), "poll"),
              FailsSaying("it spins"));
  EXPECT_THAT(VerdictOf("strategy/blocks-when-idle", Student("epoll", "tiny-timeout"), "epoll"),
              FailsSaying("wakes up again and again"));
}

}  // namespace
}  // namespace eagain::checks
