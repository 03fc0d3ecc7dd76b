#include "eagain/servers/ring_session.h"

#include <gtest/gtest.h>

#include <string>

#include "eagain/support/scripted_kernel.h"

namespace eagain {
namespace {

using Step = RingSession::Step;
using UnderWay = RingSession::UnderWay;

constexpr int kBuffer = 3;

class RingSessionTest : public testing::Test {
 protected:
  void received(std::string_view bytes) {
    session_.under_way = UnderWay::kReceive;
    session_.received(kBuffer, bytes);
  }
  // A send of what is to be sent, of which the kernel takes `count`.
  std::string sends(size_t count) {
    const std::string bytes(session_.to_send().begin(), session_.to_send().end());
    session_.under_way = UnderWay::kSend;
    session_.sent(count);
    return bytes.substr(0, count);
  }

  ScriptedKernel kernel_;
  RingSession session_{UniqueFd(kernel_, 10)};
};

TEST_F(RingSessionTest, WhatWasReceivedIsSentFromItsBufferWhichIsFreeThen) {
  EXPECT_EQ(session_.next(), Step::kReceive);
  const std::string bytes = "hello";
  received(bytes);
  EXPECT_EQ(session_.next(), Step::kSendAtOnce);
  EXPECT_EQ(session_.to_send().data(), bytes.data());
  EXPECT_EQ(session_.free_buffer(), -1);
  EXPECT_EQ(sends(5), "hello");
  EXPECT_EQ(session_.free_buffer(), kBuffer);
  EXPECT_EQ(session_.free_buffer(), -1) << "once";
  EXPECT_EQ(session_.next(), Step::kReceive);
}

TEST_F(RingSessionTest, WhatTheKernelDidNotTakeIsCopiedAndSentByACallThatWaits) {
  received("hello");
  sends(2);
  EXPECT_EQ(session_.free_buffer(), kBuffer);
  EXPECT_EQ(session_.next(), Step::kSendWaiting);
  EXPECT_EQ(sends(1), "l");
  EXPECT_EQ(session_.next(), Step::kSendWaiting);
  EXPECT_EQ(sends(2), "lo");
  EXPECT_EQ(session_.next(), Step::kReceive);
}

TEST_F(RingSessionTest, ASendThatFailsForNowKeepsEverything) {
  received("hello");
  for (const int error : {EAGAIN, EINTR, ECANCELED}) {
    session_.under_way = UnderWay::kSend;
    session_.send_failed(error);
    EXPECT_EQ(session_.next(), Step::kSendWaiting);
  }
  EXPECT_EQ(session_.free_buffer(), kBuffer);
  EXPECT_EQ(sends(5), "hello");
}

TEST_F(RingSessionTest, TheEndOfTheStreamIsTheEnd) {
  session_.under_way = UnderWay::kReceive;
  session_.received_end();
  EXPECT_EQ(session_.next(), Step::kRemove);
  EXPECT_EQ(session_.error(), 0);
}

TEST_F(RingSessionTest, AnErrorEndsItAndFreesTheBuffer) {
  received("hello");
  session_.under_way = UnderWay::kSend;
  session_.send_failed(EPIPE);
  EXPECT_EQ(session_.next(), Step::kRemove);
  EXPECT_EQ(session_.error(), EPIPE);
  EXPECT_EQ(session_.free_buffer(), kBuffer);
}

TEST_F(RingSessionTest, AReceiveThatFailsForNowIsTriedAgain) {
  for (const int error : {EAGAIN, EINTR, ECANCELED}) {
    session_.under_way = UnderWay::kReceive;
    session_.receive_failed(error);
    EXPECT_EQ(session_.next(), Step::kReceive) << error;
  }
  session_.under_way = UnderWay::kReceive;
  session_.receive_failed(ECONNRESET);
  EXPECT_EQ(session_.next(), Step::kRemove);
}

TEST_F(RingSessionTest, StoppedWhileIdleItIsOverOnceItsReceiveIsCancelled) {
  session_.under_way = UnderWay::kReceive;
  session_.finish();
  session_.receive_failed(ECANCELED);
  EXPECT_EQ(session_.next(), Step::kRemove);
}

TEST_F(RingSessionTest, StoppedInTheMidstItSendsSaysTheEndAndDropsWhatComesThen) {
  session_.under_way = UnderWay::kReceive;
  session_.finish();
  session_.received(kBuffer, std::string_view("last"));
  EXPECT_EQ(sends(4), "last");
  EXPECT_EQ(session_.free_buffer(), kBuffer);
  EXPECT_EQ(session_.next(), Step::kShutDown);
  session_.shut_down(true);
  EXPECT_EQ(session_.next(), Step::kReceive);
  received("dropped");
  EXPECT_EQ(session_.free_buffer(), kBuffer);
  EXPECT_EQ(session_.next(), Step::kReceive);
  session_.under_way = UnderWay::kReceive;
  session_.received_end();
  EXPECT_EQ(session_.next(), Step::kRemove);
}

TEST_F(RingSessionTest, StoppedWhileHungryItSaysTheEnd) {
  session_.under_way = UnderWay::kHungry;
  session_.finish();
  EXPECT_EQ(session_.next(), Step::kShutDown);
  session_.shut_down(false);
  EXPECT_EQ(session_.next(), Step::kRemove);
}

}  // namespace
}  // namespace eagain
