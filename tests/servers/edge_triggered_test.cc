// What edge-triggered notification asks of a server: nothing that is left over is told a second
// time.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "eagain/support/scripted_kernel.h"
#include "run_server.h"

namespace eagain {
namespace {

using testing::_;
using testing::ElementsAre;
using Wait = ScriptedKernel::Wait;

constexpr int kListener = ScriptedKernel::kListener;
constexpr int kFirst = 10;
constexpr int kSecond = 11;

class EdgeTriggeredTest : public testing::Test {
 protected:
  EdgeTriggeredTest() { options_.session = {.receive_buffer = 4, .high_water = 8, .low_water = 2}; }

  void run() { RunToTheEnd("epoll-et", kernel_, options_); }

  ScriptedKernel kernel_;
  ServerOptions options_;
};

TEST_F(EdgeTriggeredTest, ClientsAreWatchedEdgeTriggeredAndTheListenerIsNot) {
  kernel_.accepts(Ok(kFirst));
  run();
  const auto& interest = kernel_.waits().back().interest;
  EXPECT_TRUE(interest.at(kFirst) & EPOLLET);
  EXPECT_TRUE(interest.at(kFirst) & EPOLLRDHUP);
  EXPECT_FALSE(interest.at(kListener) & EPOLLET);
  EXPECT_FALSE(interest.at(ScriptedKernel::kEvent) & EPOLLET);
}

TEST_F(EdgeTriggeredTest, AFullReadIsFollowedByAnotherBeforeTheWait) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "abcdefgh");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "abcdefgh");
  EXPECT_THAT(kernel_.calls(), ElementsAre("wait", "wait", "recv 10", "send 10", "recv 10",
                                           "send 10", "recv 10", "wait", "recv 10"));
}

TEST_F(EdgeTriggeredTest, AShortReadWithTheEndBehindItIsFollowedByAnother) {
  kernel_.accepts(Ok(kFirst));
  kernel_.wait_answers({{kListener, EPOLLIN}});
  kernel_.wait_answers({{kFirst, EPOLLIN | EPOLLRDHUP}});
  kernel_.receives(kFirst, "abc");
  kernel_.receives_end(kFirst);
  kernel_.end_at_wait(3);
  run();
  EXPECT_THAT(kernel_.calls(),
              ElementsAre("wait", "wait", "recv 10", "send 10", "recv 10", "wait"));
}

TEST_F(EdgeTriggeredTest, AShortReadWithUrgentDataBehindItIsFollowedByAnother) {
  kernel_.accepts(Ok(kFirst));
  kernel_.wait_answers({{kListener, EPOLLIN}});
  kernel_.wait_answers({{kFirst, EPOLLIN | EPOLLPRI}});
  kernel_.receives(kFirst, "abc");
  kernel_.receives(kFirst, "def");
  kernel_.receive_fails(kFirst, EAGAIN);
  kernel_.end_at_wait(3);
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "abcdef");
}

TEST_F(EdgeTriggeredTest, AnInterruptedRecvIsMadeAgainWithoutANewEdge) {
  kernel_.accepts(Ok(kFirst));
  for (int i = 0; i < 20; ++i) {
    kernel_.receive_fails(kFirst, EINTR);
  }
  kernel_.receives(kFirst, "abc");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "abc");
}

TEST_F(EdgeTriggeredTest, AnInterruptedFlushIsMadeAgainWithoutANewEdge) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "abc");
  kernel_.send_takes(kFirst, 1);
  for (int i = 0; i < 20; ++i) {
    kernel_.send_fails(kFirst, EINTR);
  }
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "abc");
}

TEST_F(EdgeTriggeredTest, AFloodIsCutIntoTurnsAndTheOthersAreServedInBetween) {
  options_.edge_budget_calls = 2;
  kernel_.accepts(Ok(kFirst));
  kernel_.accepts(Ok(kSecond));
  kernel_.receives(kFirst, std::string(4 * 10, 'f'));
  kernel_.receives(kSecond, "q");
  run();
  const auto& calls = kernel_.calls();
  const auto quiet = std::ranges::find(calls, "recv 11");
  EXPECT_EQ(std::count(calls.begin(), quiet, "recv 10"), 2);
  EXPECT_EQ(kernel_.sent(kFirst), std::string(40, 'f'));
}

TEST_F(EdgeTriggeredTest, WhoIsNotDoneIsServedBeforeTheNextWaitBlocks) {
  options_.edge_budget_calls = 2;
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, std::string(4 * 5, 'f'));
  run();
  std::vector<int> timeouts;
  for (const Wait& wait : kernel_.waits()) {
    timeouts.push_back(wait.timeout_ms);
  }
  // The listener; 8 bytes; 8 bytes; 4 bytes and nothing more; the end.
  EXPECT_THAT(timeouts, ElementsAre(-1, -1, 0, 0, -1));
}

TEST_F(EdgeTriggeredTest, NewcomersAreAcceptedWhileSomebodyFloods) {
  options_.edge_budget_calls = 1;
  kernel_.accepts(Ok(kFirst));
  kernel_.accepts(Fail(EAGAIN));
  kernel_.accepts(Ok(kSecond));
  kernel_.receives(kFirst, std::string(4 * 20, 'f'));
  kernel_.receives(kSecond, "q");
  run();
  const auto& calls = kernel_.calls();
  const auto newcomer = std::ranges::find(calls, "recv 11");
  ASSERT_NE(newcomer, calls.end());
  EXPECT_LE(std::count(calls.begin(), newcomer, "recv 10"), 3);
}

TEST_F(EdgeTriggeredTest, ReadingThatBackPressurePausedIsResumedWithoutANewEdge) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "abcdefghijkl");
  kernel_.send_fails(kFirst, EAGAIN);
  // By hand, so that nothing is told twice, whatever is changed: in, then out, then no more.
  kernel_.wait_answers({{kListener, EPOLLIN}});
  kernel_.wait_answers({{kFirst, EPOLLIN}});
  kernel_.wait_answers({{kFirst, EPOLLOUT}});
  kernel_.wait_answers({});
  kernel_.end_at_wait(4);
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "abcdefghijkl");
  EXPECT_EQ(kernel_.waits().at(2).interest.at(kFirst) & (EPOLLIN | EPOLLOUT), uint32_t{EPOLLOUT});
}

}  // namespace
}  // namespace eagain
