#include "eagain/net/stop.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "eagain/mocks/mock_sys.h"
#include "eagain/support/sys_matchers.h"
#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/sys_error.h"

namespace eagain {
namespace {

using testing::_;
using testing::AtLeast;
using testing::Return;
using testing::StrictMock;

class StopTest : public testing::Test {
 protected:
  void SetUp() override {
    EXPECT_CALL(sys_, eventfd(0, _)).WillRepeatedly(Return(Ok(9)));
    EXPECT_CALL(sys_, close(9)).WillRepeatedly(Return(Ok()));
  }

  void ExpectTheEvent() { EXPECT_CALL(sys_, write(9, _, 8)).WillOnce(Return(Ok(size_t{8}))); }

  StrictMock<MockSys> sys_;
};

TEST_F(StopTest, NoEventfdIsASysErrorThatNamesTheErrno) {
  EXPECT_CALL(sys_, eventfd).WillOnce(Return(Fail(EMFILE)));
  try {
    Stop stop(sys_);
    FAIL() << "no exception";
  } catch (const SysError& error) {
    EXPECT_EQ(error.error(), EMFILE);
    EXPECT_NE(std::string(error.what()).find("EMFILE"), std::string::npos) << error.what();
  }
}

TEST_F(StopTest, ARequestSetsTheFlagAndTheEvent) {
  Stop stop(sys_);
  EXPECT_FALSE(stop.requested());
  ExpectTheEvent();
  stop.request();
  EXPECT_TRUE(stop.requested());
}

TEST_F(StopTest, ASecondRequestMakesNoCall) {
  Stop stop(sys_);
  ExpectTheEvent();
  stop.request();
  stop.request();
}

TEST_F(StopTest, ARequestShutsDownWhatIsRegistered) {
  Stop stop(sys_);
  const StopWakes listener(stop, 3, StopWakes::What::kListener);
  const StopWakes client(stop, 7, StopWakes::What::kClient);
  ExpectTheEvent();
  EXPECT_CALL(sys_, shutdown(3, SHUT_RDWR)).WillOnce(Return(Ok()));
  EXPECT_CALL(sys_, shutdown(7, SHUT_RD)).WillOnce(Return(Fail(ENOTCONN)));
  stop.request();
}

TEST_F(StopTest, WhatIsNoLongerRegisteredIsLeftAlone) {
  Stop stop(sys_);
  { const StopWakes client(stop, 7, StopWakes::What::kClient); }
  ExpectTheEvent();
  stop.request();
}

TEST_F(StopTest, WhoRegistersTooLateIsShutDownAtOnce) {
  Stop stop(sys_);
  ExpectTheEvent();
  stop.request();
  EXPECT_CALL(sys_, shutdown(7, SHUT_RD)).WillOnce(Return(Ok()));
  const StopWakes client(stop, 7, StopWakes::What::kClient);
  EXPECT_CALL(sys_, shutdown(3, SHUT_RDWR)).WillOnce(Return(Ok()));
  const StopWakes listener(stop, 3, StopWakes::What::kListener);
}

TEST_F(StopTest, TheEndOfARegistrationWaitsForTheRequestThatMayHoldItsNumber) {
  Stop stop(sys_);
  std::atomic<bool> under_way{false};
  std::atomic<bool> waited_for{false};
  std::thread requester;
  {
    const StopWakes client(stop, 7, StopWakes::What::kClient);
    EXPECT_CALL(sys_, write(9, _, 8)).WillOnce([&](int, const void*, size_t) {
      under_way = true;
      under_way.notify_all();
      waited_for.wait(false);
      return Ok(size_t{8});
    });
    EXPECT_CALL(sys_, nanosleep).Times(AtLeast(1)).WillRepeatedly([&](const timespec*, timespec*) {
      waited_for = true;
      waited_for.notify_all();
      return Ok();
    });
    requester = std::thread([&] { stop.request(); });
    under_way.wait(false);
  }
  EXPECT_TRUE(waited_for.exchange(true)) << "the registration ended with the request under way";
  waited_for.notify_all();
  requester.join();
}

TEST_F(StopTest, ARequestLeavesErrnoAlone) {
  Stop stop(sys_);
  EXPECT_CALL(sys_, write(9, _, 8)).WillOnce([](int, const void*, size_t) {
    errno = EIO;
    return Ok(size_t{8});
  });
  errno = EPIPE;
  stop.request();
  EXPECT_EQ(errno, EPIPE);
}

TEST(StopDeathTest, OnlyOneClientAtATimeCanBeRegistered) {
  KernelSys sys;
  Stop stop(sys);
  const StopWakes client(stop, 7, StopWakes::What::kClient);
  EXPECT_DEATH(StopWakes(stop, 8, StopWakes::What::kClient), "before == -1");
}

Stop* stop_of_the_handler = nullptr;

TEST(StopOnTheKernelTest, ARequestFromASignalHandlerMakesTheEventReadableForGood) {
  KernelSys sys;
  Stop stop(sys);
  stop_of_the_handler = &stop;
  struct sigaction action = {};
  action.sa_handler = [](int) { stop_of_the_handler->request(); };
  struct sigaction before = {};
  sigaction(SIGUSR1, &action, &before);
  pollfd watched{.fd = stop.fd(), .events = POLLIN, .revents = 0};
  EXPECT_THAT(sys.poll(&watched, 1, 0), SysSucceedsWith(0));
  raise(SIGUSR1);
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_TRUE(stop.requested());
  EXPECT_THAT(sys.poll(&watched, 1, 0), SysSucceedsWith(1));
  EXPECT_THAT(sys.poll(&watched, 1, 0), SysSucceedsWith(1));
}

}  // namespace
}  // namespace eagain
