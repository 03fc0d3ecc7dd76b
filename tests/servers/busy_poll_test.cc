#include "eagain/servers/busy_poll.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "eagain/net/accept_pause.h"
#include "eagain/support/scripted_kernel.h"
#include "run_server.h"

namespace eagain {
namespace {

constexpr int kFirst = 10;
constexpr int kSecond = 11;

class BusyPollServerTest : public testing::Test {
 protected:
  void run() { RunToTheEnd("busy-poll", kernel_, options_); }

  long sleeps() const { return std::ranges::count(kernel_.calls(), "sleep"); }

  ScriptedKernel kernel_;
  ServerOptions options_;
};

TEST_F(BusyPollServerTest, SleepsOnlyAfterATurnInWhichNothingWasDone) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "a");
  kernel_.receives(kFirst, "b");
  run();
  EXPECT_THAT(kernel_.calls(), testing::ElementsAre("recv 10", "send 10", "recv 10", "send 10",
                                                    "recv 10", "sleep", "recv 10"));
}

TEST_F(BusyPollServerTest, AStalledClientIsNoProgress) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "a");
  for (int i = 0; i < 10; ++i) {
    kernel_.send_fails(kFirst, i % 2 == 0 ? EAGAIN : EINTR);
  }
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "a");
  EXPECT_GE(sleeps(), 9);
}

TEST_F(BusyPollServerTest, EachClientHasOneReceiveInATurn) {
  options_.session = {.receive_buffer = 4, .high_water = 8, .low_water = 2};
  kernel_.accepts(Ok(kFirst));
  kernel_.accepts(Ok(kSecond));
  kernel_.receives(kFirst, "ffffffffffff");
  kernel_.receives(kSecond, "q");
  run();
  const auto& calls = kernel_.calls();
  EXPECT_EQ(std::count(calls.begin(), std::ranges::find(calls, "recv 11"), "recv 10"), 1);
}

TEST_F(BusyPollServerTest, AShortageEndsWhenAClientLeaves) {
  kernel_.accepts(Ok(kFirst));
  kernel_.accepts(Fail(EMFILE));
  kernel_.accepts(Ok(kSecond));
  kernel_.receives(kFirst, "one");
  kernel_.receives_end(kFirst);
  kernel_.receives(kSecond, "two");
  run();
  EXPECT_EQ(kernel_.sent(kSecond), "two");
  EXPECT_LT(kernel_.now_ms(), AcceptPause::kFirstDelayMs);
}

}  // namespace
}  // namespace eagain
