// What the servers around a Poller do beyond what every server does: when they wait, for what, and
// for how long.

#include "eagain/servers/reactor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "eagain/net/accept_pause.h"
#include "eagain/support/scripted_kernel.h"
#include "eagain/support/sys_matchers.h"
#include "eagain/sys/sys_error.h"
#include "run_server.h"
#include "strategy_names.h"

namespace eagain {
namespace {

using testing::_;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::Key;
using testing::Not;
using testing::Return;
using Wait = ScriptedKernel::Wait;

constexpr int kListener = ScriptedKernel::kListener;
constexpr int kFirst = 10;
constexpr int kSecond = 11;

class ReactorTest : public testing::TestWithParam<Strategy> {
 protected:
  void run() { RunToTheEnd(GetParam().name, kernel_, options_); }
  bool edge_triggered() const { return GetParam().name == "epoll-et"; }
  bool is_epoll() const { return GetParam().name.starts_with("epoll"); }

  // In how many waits `fd` was watched for one of `events`.
  long waits_for(int fd, uint32_t events) const {
    return std::ranges::count_if(kernel_.waits(), [&](const Wait& wait) {
      const auto interest = wait.interest.find(fd);
      return interest != wait.interest.end() && (interest->second & events) != 0;
    });
  }

  ScriptedKernel kernel_;
  ServerOptions options_;
};

TEST_P(ReactorTest, WaitsForEverWhenThereIsNothingToDo) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "hello");
  run();
  EXPECT_THAT(kernel_.waits(), Each(Field(&Wait::timeout_ms, -1)));
}

TEST_P(ReactorTest, ARoundTripIsOneWaitOneRecvAndOneSend) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "hello");
  kernel_.receives(kFirst, "again");
  run();
  EXPECT_THAT(kernel_.calls(),
              ElementsAre("wait", "wait", "recv 10", "send 10", "wait", "recv 10", "send 10",
                          "wait",       // nothing: the stop
                          "recv 10"));  // the last look
}

TEST_P(ReactorTest, WritabilityIsAskedForOnlyWhileBytesWait) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "hello");
  kernel_.send_takes(kFirst, 2);
  kernel_.send_takes(kFirst, 2);
  kernel_.receive_fails(kFirst, EAGAIN);
  kernel_.receive_fails(kFirst, EAGAIN);
  kernel_.receives(kFirst, "again");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "helloagain");
  EXPECT_EQ(waits_for(kFirst, EPOLLOUT), 2);
}

TEST_P(ReactorTest, ReadingStopsAtTheHighWaterMarkAndBeginsAgainAtTheLowOne) {
  options_.session = {.receive_buffer = 16, .high_water = 16, .low_water = 4};
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, std::string(16, 'a'));
  kernel_.receives(kFirst, std::string(16, 'b'));
  kernel_.send_fails(kFirst, EAGAIN);
  kernel_.send_takes(kFirst, 10);  // 6 left: too many
  kernel_.send_takes(kFirst, 2);   // 4 left
  run();
  EXPECT_EQ(kernel_.sent(kFirst), std::string(16, 'a') + std::string(16, 'b'));
  const auto& calls = kernel_.calls();
  const auto first = std::ranges::find(calls, "recv 10");
  const auto second = std::find(first + 1, calls.end(), "recv 10");
  EXPECT_GE(std::count(first, second, "send 10"), 3);
  EXPECT_FALSE(kernel_.waits().at(2).interest.at(kFirst) & EPOLLIN);
}

TEST_P(ReactorTest, WhileDescriptorsHaveRunOutTheListenerIsNotWatchedUntilAClientLeaves) {
  kernel_.accepts(Ok(kFirst));
  kernel_.accepts(Fail(EMFILE));
  kernel_.accepts(Ok(kSecond));
  kernel_.receives(kSecond, "two");
  kernel_.receives(kFirst, "one");
  kernel_.receives_end(kFirst);
  run();
  EXPECT_EQ(kernel_.sent(kSecond), "two");
  EXPECT_EQ(kernel_.now_ms(), 0) << "accepted again only after a while, not when the client left";
  EXPECT_THAT(kernel_.waits(),
              Contains(AllOf(Field(&Wait::interest, Not(Contains(Key(kListener)))),
                             Field(&Wait::timeout_ms, AcceptPause::kFirstDelayMs))));
}

TEST_P(ReactorTest, APassingShortageEndsByItselfWithClientsConnectedThatStay) {
  kernel_.accepts(Ok(kFirst));
  kernel_.accepts(Fail(ENOMEM));
  kernel_.accepts(Ok(kSecond));
  kernel_.receives(kSecond, "two");
  run();
  EXPECT_EQ(kernel_.sent(kSecond), "two");
  EXPECT_EQ(kernel_.now_ms(), AcceptPause::kFirstDelayMs);
}

TEST_P(ReactorTest, AShortageIsLoggedOnce) {
  std::string said;
  options_.log = Log(LogLevel::kWarning,
                     [&](LogLevel, std::string_view line) { said += std::string(line) + "\n"; });
  for (int i = 0; i < 5; ++i) {
    kernel_.accepts(Fail(EMFILE));
  }
  run();
  EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
  EXPECT_THAT(said, testing::HasSubstr("EMFILE"));
}

TEST_P(ReactorTest, NewcomersAreAcceptedWithinABudgetSoThatClientsHaveTheirTurn) {
  options_.accepts_per_turn = 2;
  for (int fd = 10; fd < 16; ++fd) {
    kernel_.accepts(Ok(fd));
    kernel_.receives(fd, "x");
  }
  run();
  const auto& calls = kernel_.calls();
  const auto first_recv = std::ranges::find(calls, "recv 10");
  EXPECT_EQ(std::count(calls.begin(), first_recv, "wait"), 2);
  for (int fd = 10; fd < 16; ++fd) {
    EXPECT_EQ(kernel_.sent(fd), "x") << fd;
  }
}

TEST_P(ReactorTest, ANewcomerOnADescriptorThatClosedInTheSameTurnIsNotServedForItsPredecessor) {
  kernel_.accepts(Ok(kFirst));
  kernel_.accepts(Ok(kFirst));
  kernel_.receives_end(kFirst);
  kernel_.receives(kFirst, "new");
  kernel_.wait_answers({{kListener, EPOLLIN}});
  // In one answer: it leaves, and somebody new is there, who gets its number.
  kernel_.wait_answers({{kListener, EPOLLIN}, {kFirst, EPOLLIN}});
  EXPECT_CALL(kernel_, close(_)).Times(testing::AnyNumber());
  EXPECT_CALL(kernel_, close(kFirst)).Times(2);
  kernel_.end_at_wait(5);
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "new");
  EXPECT_THAT(kernel_.calls(), ElementsAre("wait", "wait", "recv 10", "wait", "recv 10", "send 10",
                                           "wait", "recv 10"));
}

TEST_P(ReactorTest, SpuriousReadinessOfTheListenerIsPassedOver) {
  kernel_.wait_answers({{kListener, EPOLLIN}});
  kernel_.wait_answers({});
  run();
  EXPECT_EQ(kernel_.accept_calls(), 1);
}

TEST_P(ReactorTest, AHangUpEndsAClientWhateverItWaitsFor) {
  kernel_.accepts(Ok(kFirst));
  kernel_.accepts(Ok(kSecond));
  kernel_.receives(kFirst, "hello");
  kernel_.send_fails(kFirst, EAGAIN);
  kernel_.wait_answers({{kListener, EPOLLIN}});
  kernel_.wait_answers({{kFirst, EPOLLIN}});
  kernel_.wait_answers({{kFirst, EPOLLHUP | EPOLLERR}, {kSecond, EPOLLHUP | EPOLLERR}});
  kernel_.send_fails(kFirst, EPIPE);
  kernel_.receive_fails(kSecond, ECONNRESET);
  run();
  EXPECT_TRUE(kernel_.closed(kFirst));
  EXPECT_TRUE(kernel_.closed(kSecond));
  EXPECT_EQ(kernel_.recv_calls(kSecond), 1);
}

TEST_P(ReactorTest, AnInterruptedWaitIsTakenUpAgain) {
  kernel_.wait_fails(EINTR);
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "hello");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "hello");
  EXPECT_EQ(kernel_.slept_ms(), 0);
}

TEST_P(ReactorTest, AWaitWithoutMemoryIsTakenUpAgainAfterAWhile) {
  kernel_.wait_fails(ENOMEM);
  kernel_.wait_fails(EAGAIN);
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "hello");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "hello");
  EXPECT_GT(kernel_.slept_ms(), 0);
}

TEST_P(ReactorTest, AWaitThatCannotWorkIsReported) {
  kernel_.wait_fails(EINVAL);
  try {
    run();
    FAIL() << "it went on";
  } catch (const SysError& error) {
    EXPECT_EQ(error.error(), EINVAL);
    const std::string call = is_epoll() ? "epoll_wait" : std::string(GetParam().name);
    EXPECT_THAT(error.what(), testing::HasSubstr(call));
  }
}

TEST_P(ReactorTest, StoppedItSendsWhatWaitsTellsTheEndAndWaitsForTheClientToLeave) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "hello");
  kernel_.send_takes(kFirst, 1);
  kernel_.send_fails(kFirst, EAGAIN);
  kernel_.end_at_wait(3);
  EXPECT_CALL(kernel_, shutdown(kFirst, SHUT_WR)).WillOnce([&](int fd, int) {
    EXPECT_EQ(kernel_.sent(fd), "hello");
    EXPECT_TRUE(kernel_.closed(kListener));
    kernel_.receives(fd, "more");
    kernel_.receives_end(fd);
    return Ok();
  });
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "hello");
  EXPECT_TRUE(kernel_.closed(kFirst));
  EXPECT_EQ(kernel_.now_ms(), 0);
}

TEST_P(ReactorTest, StoppedItWaitsForTheStopNoLonger) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "hello");
  kernel_.send_takes(kFirst, 1);
  for (int i = 0; i < 3; ++i) {
    kernel_.send_fails(kFirst, EAGAIN);
  }
  kernel_.end_at_wait(3);
  run();
  const Wait& last = kernel_.waits().back();
  EXPECT_THAT(last.interest, AllOf(Contains(Key(kFirst)), Not(Contains(Key(kListener))),
                                   Not(Contains(Key(ScriptedKernel::kEvent)))));
  EXPECT_GT(last.timeout_ms, 0);
}

TEST_P(ReactorTest, StoppedItGivesAClientThatDoesNotLeaveUntilTheBound) {
  options_.drain_ms = 250;
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "hello");
  kernel_.receives(kFirst, "again");
  kernel_.end_at_wait(2);
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "helloagain");
  EXPECT_TRUE(kernel_.closed(kFirst));
  EXPECT_EQ(kernel_.now_ms(), 250);
}

INSTANTIATE_TEST_SUITE_P(All, ReactorTest,
                         testing::Values(*FindStrategy("select"), *FindStrategy("poll"),
                                         *FindStrategy("epoll"), *FindStrategy("epoll-et")),
                         NameOfStrategy);

}  // namespace
}  // namespace eagain
