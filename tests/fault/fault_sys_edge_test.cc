// Edge-triggered descriptors: a fault that would eat an edge gives it back, or does not happen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "eagain/mocks/mock_sys.h"
#include "loopback.h"

namespace eagain::fault {
namespace {

using testing::_;
using testing::Return;

class EdgeTest : public LoopbackTest {
 protected:
  // A client that waits edge-triggered, and for whom "hello" has been reported.
  Pair reported(uint32_t more_events = 0) {
    Pair pair = connected();
    epoll_ = UniqueFd(kernel_, *sys_->epoll_create1(0));
    epoll_event event{.events = EPOLLIN | EPOLLET | more_events, .data = {.fd = 77}};
    EXPECT_THAT(sys_->epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, pair.server.get(), &event),
                SysSucceeds());
    say(pair, "hello");
    EXPECT_THAT(wait(), SysSucceedsWith(1));
    return pair;
  }

  SysResult<int> wait() {
    event_ = {};
    return sys_->epoll_wait(epoll_.get(), &event_, 1, 0);
  }

  UniqueFd epoll_;
  epoll_event event_{};
};

TEST_F(EdgeTest, WithoutAFaultThereIsNoSecondEdge) {
  serve("");
  const Pair pair = reported();
  EXPECT_THAT(wait(), SysSucceedsWith(0));
}

TEST_F(EdgeTest, AnEagainIsFollowedByAnotherEdge) {
  serve("recv EAGAIN at 1");
  const Pair pair = reported();
  EXPECT_EQ(receive(pair.server.get()), "EAGAIN");
  EXPECT_THAT(wait(), SysSucceedsWith(1));
  EXPECT_EQ(event_.data.fd, 77);
  EXPECT_EQ(receive(pair.server.get()), "hello");
  EXPECT_THAT(wait(), SysSucceedsWith(0));
  EXPECT_TRUE(sys_->run().records()[0].rearmed);
}

TEST_F(EdgeTest, AShortReceiveIsFollowedByAnotherEdge) {
  serve("recv short 2 at 1");
  const Pair pair = reported();
  EXPECT_EQ(receive(pair.server.get()), "he");
  EXPECT_THAT(wait(), SysSucceedsWith(1));
  EXPECT_EQ(receive(pair.server.get()), "llo");
  EXPECT_THAT(wait(), SysSucceedsWith(0));
}

TEST_F(EdgeTest, AShortSendIsFollowedByAnotherEdge) {
  serve("send short 2 at 1");
  const Pair pair = reported(EPOLLOUT);
  EXPECT_EQ(receive(pair.server.get()), "hello");
  EXPECT_THAT(wait(), SysSucceedsWith(0));
  EXPECT_THAT(sys_->send(pair.server.get(), "hello", 5, 0), SysSucceedsWith(2));
  EXPECT_THAT(wait(), SysSucceedsWith(1));
  EXPECT_NE(event_.events & EPOLLOUT, 0u);
}

TEST_F(EdgeTest, TheNewestInterestIsTheOneThatIsRearmed) {
  serve("recv EAGAIN at 1");
  const Pair pair = reported();
  epoll_event changed{.events = EPOLLIN | EPOLLET, .data = {.fd = 78}};
  EXPECT_THAT(sys_->epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, pair.server.get(), &changed),
              SysSucceeds());
  EXPECT_THAT(wait(), SysSucceedsWith(1));
  EXPECT_EQ(receive(pair.server.get()), "EAGAIN");
  EXPECT_THAT(wait(), SysSucceedsWith(1));
  EXPECT_EQ(event_.data.fd, 78);
}

TEST_F(EdgeTest, AnUnregisteredDescriptorIsNotRearmed) {
  serve("recv EAGAIN at 1");
  const Pair pair = reported();
  EXPECT_THAT(sys_->epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, pair.server.get(), nullptr),
              SysSucceeds());
  EXPECT_EQ(receive(pair.server.get()), "EAGAIN");
  EXPECT_FALSE(sys_->run().records()[0].rearmed);
}

TEST_F(EdgeTest, WithOneshotTheFaultIsWithheld) {
  serve("recv EAGAIN at 1");
  const Pair pair = reported(EPOLLONESHOT);
  EXPECT_EQ(receive(pair.server.get()), "hello");
  EXPECT_EQ(sys_->run().records()[0].reason,
            "the descriptor is edge-triggered and cannot be re-armed");
}

TEST_F(EdgeTest, AnEdgeTriggeredListenerIsRearmedToo) {
  serve("accept EAGAIN at 1");
  epoll_ = UniqueFd(kernel_, *sys_->epoll_create1(0));
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = 5}};
  EXPECT_THAT(sys_->epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener_.get(), &event), SysSucceeds());
  const UniqueFd client = connect();
  EXPECT_THAT(wait(), SysSucceedsWith(1));
  EXPECT_THAT(accept(), SysFailsWith(EAGAIN));
  EXPECT_THAT(wait(), SysSucceedsWith(1));
}

TEST(EdgeMockTest, WhenRearmingFailsTheCallIsMadeAndTheFaultWithdrawn) {
  testing::NiceMock<MockSys> below;
  FaultSys sys(below, ParsePlan("recv EAGAIN at 1").plan);
  EXPECT_CALL(below, socket(_, _, _)).WillOnce(Return(Ok(3)));
  EXPECT_CALL(below, listen(3, _)).WillOnce(Return(Ok()));
  EXPECT_CALL(below, accept4(3, _, _, _)).WillOnce(Return(Ok(4)));
  EXPECT_CALL(below, epoll_ctl(9, EPOLL_CTL_ADD, 4, _)).WillOnce(Return(Ok()));
  EXPECT_CALL(below, epoll_ctl(9, EPOLL_CTL_MOD, 4, _)).WillOnce(Return(Fail(ENOMEM)));
  EXPECT_CALL(below, recv(4, _, _, _)).WillOnce(Return(Ok<size_t>(2)));
  ASSERT_TRUE(sys.socket(AF_INET, SOCK_STREAM, 0).ok());
  ASSERT_TRUE(sys.listen(3, 1).ok());
  ASSERT_TRUE(sys.accept4(3, nullptr, nullptr, SOCK_NONBLOCK).ok());
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {}};
  ASSERT_TRUE(sys.epoll_ctl(9, EPOLL_CTL_ADD, 4, &event).ok());
  char buffer[8];
  EXPECT_THAT(sys.recv(4, buffer, sizeof buffer, 0), SysSucceedsWith(2));
  EXPECT_EQ(sys.run().records()[0].reason, "re-arming failed with ENOMEM");
  EXPECT_FALSE(sys.run().records()[0].fired);
}

TEST(ResetMockTest, AConnectionThatCannotBeResetIsLeftAsItIs) {
  testing::NiceMock<MockSys> below;
  FaultSys sys(below, ParsePlan("recv reset").plan);
  EXPECT_CALL(below, socket(_, _, _)).WillOnce(Return(Ok(3)));
  EXPECT_CALL(below, listen(3, _)).WillOnce(Return(Ok()));
  EXPECT_CALL(below, accept4(3, _, _, _)).WillOnce(Return(Ok(4)));
  EXPECT_CALL(below, connect(4, _, _)).WillOnce(Return(Fail(EINVAL)));
  EXPECT_CALL(below, recv(4, _, 8, _)).WillOnce(Return(Ok<size_t>(2)));
  ASSERT_TRUE(sys.socket(AF_UNIX, SOCK_STREAM, 0).ok());
  ASSERT_TRUE(sys.listen(3, 1).ok());
  ASSERT_TRUE(sys.accept4(3, nullptr, nullptr, 0).ok());
  char buffer[8];
  EXPECT_THAT(sys.recv(4, buffer, sizeof buffer, 0), SysSucceedsWith(2));
  EXPECT_EQ(sys.run().records()[0].reason, "the connection cannot be reset: EINVAL");
}

TEST(DelayMockTest, ADelayGoesThroughTheSysBelow) {
  testing::StrictMock<MockSys> below;
  FaultSys sys(below,
               ParsePlan("close delay 1500ms from the start; close delay 5us from the start").plan);
  testing::InSequence in_this_order;
  EXPECT_CALL(below, socket(_, _, _)).WillOnce(Return(Ok(3)));
  EXPECT_CALL(below, listen(3, _)).WillOnce(Return(Ok()));
  EXPECT_CALL(below, nanosleep(testing::AllOf(testing::Field(&timespec::tv_sec, 1),
                                              testing::Field(&timespec::tv_nsec, 500'005'000)),
                               nullptr))
      .WillOnce(Return(Ok()));
  EXPECT_CALL(below, close(3)).WillOnce(Return(Ok()));
  ASSERT_TRUE(sys.socket(AF_INET, SOCK_STREAM, 0).ok());
  ASSERT_TRUE(sys.listen(3, 1).ok());
  EXPECT_THAT(sys.close(3), SysSucceeds());
}

TEST(SleepMockTest, AnInterruptedSleepSaysWhatIsLeft) {
  testing::StrictMock<MockSys> below;
  FaultSys sys(
      below, ParsePlan("nanosleep EINTR at 1 from the start").plan,
      {.run = {}, .handlers = [] { return SignalHandlers{.any = true, .interruptible = true}; }});
  const timespec duration{.tv_sec = 3, .tv_nsec = 7};
  timespec remaining{};
  EXPECT_THAT(sys.nanosleep(&duration, &remaining), SysFailsWith(EINTR));
  EXPECT_EQ(remaining.tv_sec, 3);
  EXPECT_EQ(remaining.tv_nsec, 7);
}

}  // namespace
}  // namespace eagain::fault
