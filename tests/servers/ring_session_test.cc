#include "eagain/servers/ring_session.h"

#include <gtest/gtest.h>

#include <string>

#include "eagain/support/scripted_kernel.h"

namespace eagain {
namespace {

using Step = RingSession::Step;
using Receiving = RingSession::Receiving;
using Sending = RingSession::Sending;

constexpr int kBuffer = 3;
constexpr int kOther = 4;

class RingSessionTest : public testing::Test {
 protected:
  // A receive that ends with these bytes.
  bool received(std::string_view bytes) {
    session_.receiving = Receiving::kBytes;
    return session_.received(kBuffer, bytes);
  }
  // One that goes on.
  bool received_some(std::string_view bytes, int buffer = kBuffer) {
    session_.receiving = Receiving::kMultishot;
    return session_.received(buffer, bytes, true);
  }
  void receive_fails(int error) {
    session_.receiving = Receiving::kBytes;
    session_.receive_failed(error);
  }
  void received_end() {
    session_.receiving = Receiving::kBytes;
    session_.received_end();
  }
  // A send of what is to be sent, of which the kernel takes `count`.
  std::string sends(size_t count) {
    const std::string bytes(session_.to_send().begin(), session_.to_send().end());
    session_.sending = Sending::kBytes;
    session_.sent(count);
    return bytes.substr(0, count);
  }
  void send_fails(int error) {
    session_.sending = Sending::kBytes;
    session_.send_failed(error);
  }

  ScriptedKernel kernel_;
  RingSession session_{UniqueFd(kernel_, 10)};
};

TEST_F(RingSessionTest, WhatWasReceivedIsSentFromItsBufferWhichIsFreeThen) {
  EXPECT_EQ(session_.next(), Step::kReceive);
  const std::string bytes = "hello";
  EXPECT_TRUE(received(bytes));
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
    send_fails(error);
    EXPECT_EQ(session_.next(), Step::kSendWaiting);
  }
  EXPECT_EQ(session_.free_buffer(), kBuffer);
  EXPECT_EQ(sends(5), "hello");
}

TEST_F(RingSessionTest, WhileSomethingIsUnderWayItWaitsForThat) {
  received("hello");
  session_.sending = Sending::kSilently;
  EXPECT_EQ(session_.next(), Step::kWait);
  EXPECT_TRUE(session_.under_way());
  session_.sent(5);
  EXPECT_FALSE(session_.under_way());
  session_.receiving = Receiving::kReadiness;
  EXPECT_EQ(session_.next(), Step::kWait);
  EXPECT_TRUE(session_.under_way());
}

TEST_F(RingSessionTest, AReceiveThatGoesOnIsNotBegunAgain) {
  received_some("hello");
  EXPECT_EQ(sends(5), "hello");
  EXPECT_EQ(session_.free_buffer(), kBuffer);
  EXPECT_EQ(session_.next(), Step::kWait);
  EXPECT_TRUE(session_.received(kOther, std::string_view("more")));
  EXPECT_EQ(sends(4), "more");
  EXPECT_EQ(session_.free_buffer(), kOther);
  EXPECT_EQ(session_.next(), Step::kReceive);
}

TEST_F(RingSessionTest, WhatComesWhileSomethingIsOwedIsCopiedAndSentBehindIt) {
  received_some("one");
  session_.sending = Sending::kBytes;
  EXPECT_TRUE(session_.idle_once_sent());
  EXPECT_FALSE(received_some("two", kOther)) << "its buffer is not held";
  EXPECT_FALSE(session_.idle_once_sent());
  EXPECT_EQ(session_.free_buffer(), -1) << "the first is: it is being sent";
  EXPECT_FALSE(received_some("three", kOther));
  EXPECT_EQ(sends(2), "on");
  EXPECT_EQ(session_.free_buffer(), kBuffer);
  EXPECT_EQ(session_.next(), Step::kSendWaiting);
  EXPECT_FALSE(session_.received(kOther, std::string_view("four")));
  EXPECT_EQ(sends(1), "e");
  EXPECT_EQ(session_.next(), Step::kSendWaiting);
  EXPECT_EQ(sends(12), "twothreefour");
  EXPECT_EQ(session_.next(), Step::kReceive);
}

TEST_F(RingSessionTest, WhatIsOwedIsSentBeforeTheEnd) {
  received_some("one");
  session_.sending = Sending::kSilently;
  received_some("two");
  received_end();
  EXPECT_EQ(session_.next(), Step::kWait);
  EXPECT_EQ(sends(3), "one");
  EXPECT_EQ(sends(3), "two");
  EXPECT_EQ(session_.next(), Step::kRemove);
}

TEST_F(RingSessionTest, TheEndOfTheStreamIsTheEnd) {
  received_end();
  EXPECT_EQ(session_.next(), Step::kRemove);
  EXPECT_EQ(session_.error(), 0);
}

TEST_F(RingSessionTest, AnErrorEndsItAndFreesTheBuffer) {
  received("hello");
  send_fails(EPIPE);
  EXPECT_EQ(session_.next(), Step::kRemove);
  EXPECT_EQ(session_.error(), EPIPE);
  EXPECT_EQ(session_.free_buffer(), kBuffer);
}

TEST_F(RingSessionTest, OnceItHasFailedAReceiveThatGoesOnIsCancelled) {
  received_some("hello");
  send_fails(EPIPE);
  EXPECT_EQ(session_.next(), Step::kCancel);
  session_.cancelling = true;
  EXPECT_EQ(session_.next(), Step::kWait);
  EXPECT_FALSE(received_some("more"));
  session_.receive_failed(ECONNRESET);
  EXPECT_EQ(session_.next(), Step::kRemove);
  EXPECT_EQ(session_.error(), EPIPE) << "the first one";
}

TEST_F(RingSessionTest, OnceItHasFailedNoEndOfAReceiveIsNews) {
  received_some("hello");
  send_fails(EPIPE);
  EXPECT_FALSE(session_.found_no_buffer());
  EXPECT_EQ(session_.next(), Step::kRemove);
  received_end();
  EXPECT_EQ(session_.next(), Step::kRemove);
  EXPECT_EQ(session_.error(), EPIPE);
}

TEST_F(RingSessionTest, OnceItHasFailedItWaitsForASendThatIsUnderWay) {
  received_some("hello");
  session_.sending = Sending::kBytes;
  session_.receive_failed(ECONNRESET);
  EXPECT_EQ(session_.next(), Step::kWait);
  EXPECT_EQ(session_.free_buffer(), -1);
  session_.sent(2);
  EXPECT_EQ(session_.free_buffer(), kBuffer);
  EXPECT_EQ(session_.next(), Step::kRemove);
}

TEST_F(RingSessionTest, AReceiveThatFailsForNowIsTriedAgain) {
  for (const int error : {EAGAIN, EINTR, ECANCELED}) {
    receive_fails(error);
    EXPECT_EQ(session_.next(), Step::kReceive) << error;
  }
  receive_fails(ECONNRESET);
  EXPECT_EQ(session_.next(), Step::kRemove);
}

TEST_F(RingSessionTest, WithoutABufferItIsHungryUnlessItHasToSendFirst) {
  session_.receiving = Receiving::kBytes;
  EXPECT_TRUE(session_.found_no_buffer());
  EXPECT_EQ(session_.receiving, Receiving::kHungry);
  EXPECT_FALSE(session_.under_way());
  EXPECT_EQ(session_.next(), Step::kWait);
  received_some("hello");
  EXPECT_FALSE(session_.found_no_buffer());
  EXPECT_EQ(sends(5), "hello");
  EXPECT_EQ(session_.next(), Step::kReceive);
}

TEST_F(RingSessionTest, StoppedWhileIdleItIsOverOnceItsReceiveIsCancelled) {
  session_.receiving = Receiving::kBytes;
  session_.finish();
  EXPECT_EQ(session_.next(), Step::kWait);
  session_.receive_failed(ECANCELED);
  EXPECT_EQ(session_.next(), Step::kRemove);
}

TEST_F(RingSessionTest, StoppedInTheMidstItSendsSaysTheEndAndDropsWhatComesThen) {
  session_.receiving = Receiving::kBytes;
  session_.finish();
  received("last");
  EXPECT_EQ(sends(4), "last");
  EXPECT_EQ(session_.free_buffer(), kBuffer);
  EXPECT_EQ(session_.next(), Step::kShutDown);
  session_.shut_down(true);
  EXPECT_EQ(session_.next(), Step::kReceive);
  EXPECT_FALSE(received("dropped"));
  EXPECT_EQ(session_.next(), Step::kReceive);
  received_end();
  EXPECT_EQ(session_.next(), Step::kRemove);
}

TEST_F(RingSessionTest, StoppedWhileItOwesItSaysTheEndOnceItsReceiveIsCancelled) {
  received_some("hello");
  session_.sending = Sending::kSilently;
  session_.finish();
  session_.sent(5);
  EXPECT_EQ(session_.next(), Step::kWait);
  session_.receive_failed(ECANCELED);
  EXPECT_EQ(session_.next(), Step::kShutDown);
}

TEST_F(RingSessionTest, StoppedWhileHungryItSaysTheEnd) {
  session_.receiving = Receiving::kHungry;
  session_.finish();
  EXPECT_EQ(session_.next(), Step::kShutDown);
  session_.shut_down(false);
  EXPECT_EQ(session_.next(), Step::kRemove);
}

}  // namespace
}  // namespace eagain
