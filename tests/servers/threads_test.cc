#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "eagain/servers/connection_threads.h"
#include "eagain/support/scripted_kernel.h"
#include "eagain/sys/sys_error.h"
#include "run_server.h"

namespace eagain {
namespace {

using testing::_;
using testing::IsEmpty;
using testing::Return;
using testing::UnorderedElementsAreArray;

constexpr int kFirst = 10;
constexpr int kSecond = 11;

class ThreadsTest : public testing::Test {
 protected:
  ThreadsTest() {
    ON_CALL(kernel_, spawn).WillByDefault([this](size_t, const std::function<void()>& body) {
      body();
      spawned_.push_back(100 + spawned_.size());
      return Ok(spawned_.back());
    });
    ON_CALL(kernel_, join).WillByDefault([this](uint64_t thread) {
      joined_.push_back(thread);
      return Ok();
    });
  }

  void comes_and_goes(int fd, std::string_view bytes) {
    kernel_.accepts(Ok(fd));
    kernel_.receives(fd, bytes);
    kernel_.receives_end(fd);
  }
  void run() { RunToTheEnd("threads", kernel_, options_); }

  ScriptedKernel kernel_;
  ServerOptions options_;
  std::vector<uint64_t> spawned_;
  std::vector<uint64_t> joined_;
};

TEST_F(ThreadsTest, ClientsBlockAndTheListenerDoesNot) {
  EXPECT_CALL(kernel_, socket(_, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  EXPECT_CALL(kernel_, accept4(ScriptedKernel::kListener, nullptr, nullptr, SOCK_CLOEXEC));
  comes_and_goes(kFirst, "one");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "one");
}

TEST_F(ThreadsTest, EachThreadIsJoinedOnceAndTheStackIsSmall) {
  EXPECT_CALL(kernel_, spawn(testing::Le(size_t{256 * 1024}), _)).Times(3);
  comes_and_goes(kFirst, "one");
  comes_and_goes(kSecond, "two");
  comes_and_goes(kFirst, "three");
  run();
  EXPECT_THAT(joined_, UnorderedElementsAreArray(spawned_));
}

TEST_F(ThreadsTest, NoMoreThanOneEndedThreadIsKept) {
  size_t most = 0;
  EXPECT_CALL(kernel_, spawn).WillRepeatedly([&](size_t, const std::function<void()>& body) {
    most = std::max(most, spawned_.size() - joined_.size());
    body();
    spawned_.push_back(100 + spawned_.size());
    return Ok(spawned_.back());
  });
  for (int i = 0; i < 50; ++i) {
    comes_and_goes(kFirst, "x");
  }
  run();
  EXPECT_EQ(spawned_.size(), 50u);
  EXPECT_EQ(most, 1u);
}

TEST_F(ThreadsTest, AClientForWhomNoThreadIsToBeHadWaitsForOne) {
  EXPECT_CALL(kernel_, spawn)
      .WillOnce(Return(Fail(EAGAIN)))
      .WillOnce(Return(Fail(EAGAIN)))
      .WillRepeatedly(testing::DoDefault());
  std::string said;
  options_.log = Log(LogLevel::kWarning, [&](LogLevel, std::string_view line) { said += line; });
  comes_and_goes(kFirst, "one");
  comes_and_goes(kSecond, "two");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "one");
  EXPECT_EQ(kernel_.sent(kSecond), "two");
  EXPECT_GE(kernel_.now_ms(), 20 + 40);
  EXPECT_THAT(said, testing::HasSubstr("accepting pauses, 0 clients connected: Resource "
                                       "temporarily unavailable (EAGAIN)"));
}

TEST_F(ThreadsTest, StoppedWhileAClientWaitsForAThreadItClosesThatClient) {
  ON_CALL(kernel_, spawn).WillByDefault(Return(Fail(EAGAIN)));
  kernel_.accepts(Ok(kFirst));
  kernel_.end_at_wait(5);
  run();
  EXPECT_TRUE(kernel_.closed(kFirst));
  EXPECT_THAT(joined_, IsEmpty());
}

TEST_F(ThreadsTest, WhileAcceptingPausesItWaitsForAClientToLeaveAndNotForTheListener) {
  kernel_.accepts(Fail(EMFILE));
  comes_and_goes(kFirst, "at last");
  run();
  ASSERT_GE(kernel_.waits().size(), 2u);
  EXPECT_FALSE(kernel_.waits()[1].interest.contains(ScriptedKernel::kListener));
  EXPECT_EQ(kernel_.waits()[1].timeout_ms, 20);
  EXPECT_EQ(kernel_.sent(kFirst), "at last");
}

TEST_F(ThreadsTest, AClientThatLeavesEndsThePause) {
  constexpr int kStop = 20;
  constexpr int kLeft = 21;
  EXPECT_CALL(kernel_, eventfd).WillOnce(Return(Ok(kStop))).WillOnce(Return(Ok(kLeft)));
  kernel_.accepts(Fail(EMFILE));
  kernel_.wait_answers({{ScriptedKernel::kListener, EPOLLIN}});
  kernel_.wait_answers({{kLeft, EPOLLIN}});
  comes_and_goes(kFirst, "at last");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "at last");
  EXPECT_EQ(kernel_.now_ms(), 0);
}

TEST_F(ThreadsTest, AWaitThatFailsForWantOfMemoryIsTriedAgainAfterAMoment) {
  for (const int error : {EINTR, ENOMEM, EAGAIN}) {
    kernel_.wait_fails(error);
  }
  comes_and_goes(kFirst, "one");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "one");
  EXPECT_EQ(kernel_.slept_ms(), 20);
}

TEST_F(ThreadsTest, AWaitThatCannotSucceedEndsItWithEveryThreadJoined) {
  comes_and_goes(kFirst, "one");
  Stop stop(kernel_);
  kernel_.wait_answers({{ScriptedKernel::kListener, EPOLLIN}});
  EXPECT_CALL(kernel_, poll).WillOnce(testing::DoDefault()).WillOnce(Return(Fail(EINVAL)));
  EXPECT_THROW(FindStrategy("threads")->make(kernel_, options_)->run(stop), SysError);
  EXPECT_THAT(joined_, UnorderedElementsAreArray(spawned_));
}

TEST_F(ThreadsTest, WithoutAnEventfdItCannotServe) {
  Stop stop(kernel_);
  EXPECT_CALL(kernel_, eventfd).WillOnce(Return(Fail(EMFILE)));
  EXPECT_THROW(FindStrategy("threads")->make(kernel_, options_)->run(stop), SysError);
}

// Real threads, on the simulated order of calls a mock imposes: a client that is served while the
// stop comes is woken by a shutdown for reading.
TEST_F(ThreadsTest, AStopShutsWhoeverIsServedDownForReading) {
  Stop stop(kernel_);
  std::function<void()> served;
  EXPECT_CALL(kernel_, spawn).WillOnce([&](size_t, std::function<void()> body) {
    served = std::move(body);  // it runs later
    return Ok(uint64_t{100});
  });
  EXPECT_CALL(kernel_, join(100)).WillOnce([&](uint64_t) {
    EXPECT_TRUE(kernel_.shut_down(kFirst, SHUT_RD));
    served();
    return Ok();
  });
  kernel_.accepts(Ok(kFirst));
  kernel_.request_at_end(stop);
  FindStrategy("threads")->make(kernel_, options_)->run(stop);
  EXPECT_TRUE(kernel_.closed(kFirst));
  EXPECT_FALSE(kernel_.shut_down(kFirst, SHUT_RDWR));
}

}  // namespace
}  // namespace eagain
