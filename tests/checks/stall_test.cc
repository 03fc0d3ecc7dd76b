#include "eagain/checks/stall.h"

#include <gtest/gtest.h>

#include "verdict_of.h"

namespace eagain::checks {
namespace {

// A server with a queue of its own meets the end of the stream while some of it waits, and keeps it.
awaitable<void> SomeWaitsWhenTheEndComes(Context& ctx) {
  const uint64_t in_socket = co_await SocketHolds(ctx);
  Peer peer = co_await ctx.connect(Stallable());
  co_await SendUntilSomeWait(ctx, peer, in_socket);
  peer.half_close();
  co_await ctx.handled();
  EXPECT_GT(WaitingInServer(ctx, peer), 0U);
}

class SomeWaitTest : public testing::TestWithParam<Command> {};

TEST_P(SomeWaitTest, AndStillDoWhenTheEndComes) {
  Check check;
  check.id = "test/stall";
  check.run = SomeWaitsWhenTheEndComes;
  ContextOptions options;
  options.command.argv = GetParam();
  // How much a socket holds, and takes more a moment later, differs from connection to connection.
  constexpr int kTimes = 12;
  for (int time = 0; time < kTimes; ++time) {
    EXPECT_THAT(RunCheck(check, options), Passes());
  }
}

INSTANTIATE_TEST_SUITE_P(All, SomeWaitTest,
                         testing::Values(RightServer(), Student("select"), Student("epoll-et")));

}  // namespace
}  // namespace eagain::checks
