#include "eagain/checks/context.h"

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <vector>

#include "eagain/checks/clients.h"
#include "verdict_of.h"

namespace eagain::checks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Runs `body` as a check; what it finds wrong it says by EXPECT, and it must pass.
void InCheck(awaitable<void> (*body)(Context&), const Command& server = RightServer()) {
  Check check;
  check.id = "test/context";
  check.run = body;
  ContextOptions options;
  options.command.argv = server;
  options.patience.quiet = std::chrono::milliseconds(700);
  options.patience.busy = std::chrono::milliseconds(1500);
  EXPECT_THAT(RunCheck(check, options), Passes());
}

awaitable<void> Append(std::vector<int>& to, int value) {
  to.push_back(value);
  co_return;
}

awaitable<void> Never(Context& ctx, bool& unwound) {
  struct Mark {
    bool& flag;
    ~Mark() { flag = true; }
  } mark{unwound};
  boost::asio::steady_timer timer(ctx.io(), std::chrono::hours(1));
  co_await timer.async_wait(boost::asio::use_awaitable);
}

awaitable<void> FailsWith(const char* word) {
  throw Failure("success", word);
  co_return;
}

TEST(ContextTest, AllRunsEveryTaskToItsEnd) {
  InCheck([](Context& ctx) -> awaitable<void> {
    std::vector<int> done;
    std::vector<awaitable<void>> tasks;
    for (int i = 0; i < 3; ++i) {
      tasks.push_back(Append(done, i));
    }
    co_await ctx.all(std::move(tasks));
    EXPECT_THAT(done, ElementsAre(0, 1, 2));
    co_await ctx.all({});
  });
}

TEST(ContextTest, AllThrowsTheFirstFailureOnceTheOthersAreUnwound) {
  InCheck([](Context& ctx) -> awaitable<void> {
    bool unwound = false;
    std::vector<awaitable<void>> tasks;
    tasks.push_back(Never(ctx, unwound));
    tasks.push_back(FailsWith("the first"));
    std::string failure;
    try {
      co_await ctx.all(std::move(tasks));
    } catch (const Failure& thrown) {
      failure = thrown.actual();
    }
    EXPECT_EQ(failure, "the first");
    EXPECT_TRUE(unwound);
  });
}

TEST(ContextTest, FrozenLetsTheServerFindEverythingAtOnce) {
  InCheck([](Context& ctx) -> awaitable<void> {
    Peer early = co_await ctx.connect();
    Peer late = co_await ctx.connect();
    co_await ctx.frozen([&]() -> awaitable<void> {
      EXPECT_TRUE(ctx.server().frozen());
      co_await early.send("one");
      late = co_await ctx.connect();
      co_await late.send("two");
    });
    EXPECT_FALSE(ctx.server().frozen());
    co_await early.expect("one");
    co_await late.expect("two");
  });
}

TEST(ContextTest, FrozenLetsTheServerGoOnAfterAFailure) {
  InCheck([](Context& ctx) -> awaitable<void> {
    bool thrown = false;
    try {
      co_await ctx.frozen([]() -> awaitable<void> { co_await FailsWith("inside"); });
    } catch (const Failure&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);
    EXPECT_FALSE(ctx.server().frozen());
    co_await ctx.expect_alive("a failure");
  });
}

TEST(ContextTest, UntilSaysWhatIsThereInstead) {
  InCheck([](Context& ctx) -> awaitable<void> {
    std::string message;
    try {
      co_await ctx.until(
          "the impossible", [] { return false; }, [] { return std::string("nothing of it"); });
    } catch (const Failure& failure) {
      message = failure.expected() + " | " + failure.actual();
    }
    EXPECT_THAT(message, HasSubstr("the impossible | nothing of it: nothing moved"));
  });
}

TEST(ContextTest, ExpectAliveTellsADeadServerFromASilentOne) {
  InCheck([](Context& ctx) -> awaitable<void> {
    ctx.server().signal(SIGKILL);
    co_await ctx.until(
        "it ends", [&] { return ctx.server_end().has_value(); }, [] { return "it runs"; });
    std::string message;
    try {
      co_await ctx.expect_alive("a signal");
    } catch (const Failure& failure) {
      message = failure.expected() + " | " + failure.actual();
    }
    EXPECT_THAT(message,
                HasSubstr("a new client is served after a signal | the server has ended: killed"));
  });
}

TEST(ContextTest, AStoppedServerStartsAgainOnItsPort) {
  InCheck([](Context& ctx) -> awaitable<void> {
    const uint16_t port = ctx.server().port();
    ctx.stop_server();
    EXPECT_FALSE(ctx.has_server());
    co_await ctx.start_server();
    EXPECT_EQ(ctx.server().port(), port);
  });
}

TEST(ClientsTest, AreServedOneByOneAndAllTogether) {
  InCheck([](Context& ctx) -> awaitable<void> {
    std::vector<Peer> peers = co_await ConnectServed(ctx, 5);
    EXPECT_EQ(peers.size(), 5U);
    co_await RoundTripOfAll(peers, 100);
    EXPECT_EQ(peers[4].pattern_received(), 100U);
  });
}

}  // namespace
}  // namespace eagain::checks
