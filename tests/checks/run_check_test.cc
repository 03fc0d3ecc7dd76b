#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <stdexcept>

#include "verdict_of.h"

namespace eagain::checks {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Optional;

Outcome OutcomeOf(awaitable<void> (*run)(Context&), const Command& server = RightServer(),
                  std::chrono::seconds limit = std::chrono::seconds(60)) {
  Check check;
  check.id = "test/check";
  check.requirement = "what is required";
  check.run = run;
  ContextOptions options;
  options.command.argv = server;
  options.limit = limit;
  options.patience.quiet = std::chrono::milliseconds(700);
  return RunCheck(check, options);
}

TEST(RunCheckTest, ACheckThatEndsPasses) {
  const Outcome outcome = OutcomeOf([](Context& ctx) -> awaitable<void> {
    Peer peer = co_await ctx.connect();
    co_await peer.round_trip("ping");
  });
  EXPECT_THAT(outcome, Passes());
  EXPECT_EQ(outcome.id, "test/check");
  EXPECT_THAT(outcome.steps, Contains(HasSubstr("client 1 connects")));
  EXPECT_THAT(outcome.timeline, Not(IsEmpty()));
  EXPECT_EQ(outcome.server_exit, std::nullopt);
}

TEST(RunCheckTest, AFailureFails) {
  const Outcome outcome = OutcomeOf([](Context&) -> awaitable<void> {
    throw Failure("this", "that");
    co_return;
  });
  EXPECT_EQ(outcome.verdict, Verdict::kFail);
  EXPECT_EQ(outcome.expected, "this");
  EXPECT_EQ(outcome.actual, "that");
}

TEST(RunCheckTest, ASkipSaysWhy) {
  EXPECT_THAT(OutcomeOf([](Context&) -> awaitable<void> {
                throw Skip("not on a Sunday");
                co_return;
              }),
              SkipsSaying("not on a Sunday"));
}

TEST(RunCheckTest, AnythingElseIsTheHarnesssOwnTrouble) {
  const Outcome outcome = OutcomeOf([](Context&) -> awaitable<void> {
    throw std::runtime_error("out of luck");
    co_return;
  });
  EXPECT_EQ(outcome.verdict, Verdict::kError);
  EXPECT_EQ(outcome.actual, "out of luck");
}

TEST(RunCheckTest, ACheckThatGoesOnForEverIsCutShort) {
  const Outcome outcome = OutcomeOf(
      [](Context& ctx) -> awaitable<void> {
        Peer peer = co_await ctx.connect();
        for (;;) {
          co_await peer.round_trip("again");
        }
      },
      RightServer(), std::chrono::seconds(1));
  EXPECT_EQ(outcome.verdict, Verdict::kTimeout);
  EXPECT_EQ(outcome.expected, "what is required");
  EXPECT_THAT(outcome.actual, HasSubstr("still under way after 1 s"));
}

TEST(RunCheckTest, ACheckThatWaitsForAFrozenServerIsCutShort) {
  const Outcome outcome = OutcomeOf(
      [](Context& ctx) -> awaitable<void> {
        Peer peer = co_await ctx.connect();
        co_await ctx.frozen([&]() -> awaitable<void> { co_await peer.round_trip("in vain"); });
      },
      RightServer(), std::chrono::seconds(1));
  EXPECT_EQ(outcome.verdict, Verdict::kTimeout);
}

TEST(RunCheckTest, TheExitOfAServerThatDiesIsInTheFailure) {
  const Outcome outcome = OutcomeOf([](Context& ctx) -> awaitable<void> {
    Peer peer = co_await ctx.connect();
    co_await peer.round_trip("ping");
    ctx.server().signal(SIGSEGV);
    co_await peer.round_trip("are you there?");
  });
  EXPECT_THAT(outcome, FailsSaying("the server has ended: killed by SIGSEGV"));
  EXPECT_THAT(outcome.server_exit, Optional(HasSubstr("SIGSEGV")));
}

TEST(RunCheckTest, ACommandThatDoesNotExistFailsTheCheck) {
  EXPECT_THAT(
      OutcomeOf([](Context&) -> awaitable<void> { co_return; }, {"/no/such/server", "{port}"}),
      FailsSaying("/no/such/server"));
}

TEST(RunCheckTest, TheOutputOfAStoppedServerIsKept) {
  const Outcome outcome = OutcomeOf(
      [](Context& ctx) -> awaitable<void> {
        ctx.stop_server();
        co_await ctx.start_server();
      },
      {"/bin/sh", "-c", "echo started; exec \"$0\" \"$@\"", RightServer()[0], RightServer()[1],
       "{port}"});
  EXPECT_THAT(outcome, Passes());
  EXPECT_EQ(outcome.server_output, "started\nstarted\n");
}

}  // namespace
}  // namespace eagain::checks
