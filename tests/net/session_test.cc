#include "eagain/net/session.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "eagain/support/scripted_kernel.h"
#include "eagain/support/sys_matchers.h"

namespace eagain {
namespace {

using testing::_;
using testing::Return;
using Io = Session::Io;

constexpr int kFd = 10;
constexpr SessionOptions kSmall{.receive_buffer = 8, .high_water = 12, .low_water = 4};

class SessionTest : public testing::Test {
 protected:
  ScriptedKernel kernel_;
  SessionContext context_{kernel_, kSmall};
  std::unique_ptr<Session> session_ = std::make_unique<Session>(context_, UniqueFd(kernel_, kFd));

  void expect_wants(bool read, bool write) {
    EXPECT_EQ(session_->wants_read(), read);
    EXPECT_EQ(session_->wants_write(), write);
  }

  // Leaves `waiting` bytes, from 'a' on, unsent.
  void stall_with(std::string_view waiting) {
    kernel_.receives(kFd, waiting);
    kernel_.send_fails(kFd, EAGAIN);
    session_->receive();
    ASSERT_EQ(session_->waiting(), waiting.size());
  }
};

TEST_F(SessionTest, WantsToReadAndNothingElseAtFirst) {
  expect_wants(true, false);
  EXPECT_FALSE(session_->finished());
  EXPECT_EQ(session_->fd(), kFd);
  EXPECT_EQ(session_->error(), 0);
}

TEST_F(SessionTest, ClosesItsDescriptorOnceWhenItIsDestroyed) {
  EXPECT_CALL(kernel_, close(kFd)).Times(1);
  session_.reset();
}

TEST_F(SessionTest, AnEchoIsOneRecvAndOneSendWithoutSignal) {
  kernel_.receives(kFd, "hello");
  EXPECT_CALL(kernel_, recv(kFd, _, 8, 0)).Times(1);
  EXPECT_CALL(kernel_, send(kFd, _, 5, MSG_NOSIGNAL)).Times(1);
  EXPECT_EQ(session_->receive(), Io::kShort);
  EXPECT_EQ(kernel_.sent(kFd), "hello");
  expect_wants(true, false);
}

TEST_F(SessionTest, AFullBufferMayHaveMoreBehindIt) {
  kernel_.receives(kFd, "12345678");
  EXPECT_EQ(session_->receive(), Io::kAll);
}

TEST_F(SessionTest, EagainAndEintrOnRecvChangeNothing) {
  kernel_.receive_fails(kFd, EAGAIN);
  kernel_.receive_fails(kFd, EINTR);
  EXPECT_EQ(session_->receive(), Io::kBlocked);
  EXPECT_EQ(session_->receive(), Io::kInterrupted);
  expect_wants(true, false);
  EXPECT_FALSE(session_->finished());
}

class SessionShortSendTest : public SessionTest, public testing::WithParamInterface<size_t> {};

TEST_P(SessionShortSendTest, KeepsTheRestAndSendsItFirst) {
  kernel_.receives(kFd, "abcdef");
  kernel_.send_takes(kFd, GetParam());
  session_->receive();
  EXPECT_EQ(session_->waiting(), 6 - GetParam());
  expect_wants(true, true);
  kernel_.receives(kFd, "XY");
  session_->receive();
  EXPECT_EQ(kernel_.sent(kFd).size(), GetParam()) << "new bytes overtook those that waited";
  EXPECT_EQ(session_->flush(), Io::kAll);
  EXPECT_EQ(kernel_.sent(kFd), "abcdefXY");
  expect_wants(true, false);
}

INSTANTIATE_TEST_SUITE_P(Taken, SessionShortSendTest, testing::Values(0, 1, 3, 5));

TEST_F(SessionTest, EagainOrEintrOnTheFirstSendQueuesEverything) {
  for (const int error : {EAGAIN, EINTR}) {
    kernel_.receives(kFd, "abc");
    kernel_.send_fails(kFd, error);
    EXPECT_EQ(session_->receive(), Io::kShort);
    EXPECT_EQ(session_->waiting(), 3u);
    expect_wants(true, true);
    EXPECT_EQ(session_->flush(), Io::kAll);
  }
  EXPECT_EQ(kernel_.sent(kFd), "abcabc");
}

TEST_F(SessionTest, EagainAndEintrOnAFlushKeepWhatWaits) {
  stall_with("abc");
  kernel_.send_fails(kFd, EAGAIN);
  kernel_.send_fails(kFd, EINTR);
  EXPECT_EQ(session_->flush(), Io::kBlocked);
  EXPECT_EQ(session_->flush(), Io::kInterrupted);
  EXPECT_EQ(session_->waiting(), 3u);
  expect_wants(true, true);
}

TEST_F(SessionTest, AShortFlushSaysSo) {
  stall_with("abc");
  kernel_.send_takes(kFd, 1);
  EXPECT_EQ(session_->flush(), Io::kShort);
  EXPECT_EQ(session_->waiting(), 2u);
}

TEST_F(SessionTest, AtTheHighWaterMarkItStopsReadingUntilTheLowOne) {
  stall_with("12345678");
  kernel_.receives(kFd, "abcdefgh");
  EXPECT_CALL(kernel_, recv(kFd, _, 4, 0)).Times(1);
  EXPECT_EQ(session_->receive(), Io::kAll);
  EXPECT_EQ(session_->waiting(), kSmall.high_water);
  expect_wants(false, true);
  kernel_.send_takes(kFd, 7);
  session_->flush();
  EXPECT_EQ(session_->waiting(), 5u);
  expect_wants(false, true);
  kernel_.send_takes(kFd, 1);
  session_->flush();
  EXPECT_EQ(session_->waiting(), kSmall.low_water);
  expect_wants(true, true);
}

TEST_F(SessionTest, BetweenTheMarksOnTheWayUpItGoesOnReading) {
  stall_with("12345678");
  expect_wants(true, true);
}

TEST_F(SessionTest, TheEndOfTheStreamWithNothingWaitingFinishes) {
  kernel_.receives_end(kFd);
  EXPECT_EQ(session_->receive(), Io::kOver);
  EXPECT_TRUE(session_->finished());
  EXPECT_EQ(session_->error(), 0);
  expect_wants(false, false);
}

TEST_F(SessionTest, TheEndOfTheStreamWithBytesWaitingFlushesFirst) {
  stall_with("abcdef");
  kernel_.receives_end(kFd);
  EXPECT_EQ(session_->receive(), Io::kOver);
  EXPECT_FALSE(session_->finished());
  expect_wants(false, true);
  kernel_.send_takes(kFd, 5);
  session_->flush();
  EXPECT_FALSE(session_->finished());
  session_->flush();
  EXPECT_TRUE(session_->finished());
  EXPECT_EQ(kernel_.sent(kFd), "abcdef");
}

class SessionErrorTest : public SessionTest, public testing::WithParamInterface<int> {};

TEST_P(SessionErrorTest, OnRecvEndsTheSession) {
  kernel_.receive_fails(kFd, GetParam());
  EXPECT_EQ(session_->receive(), Io::kOver);
  EXPECT_TRUE(session_->finished());
  EXPECT_EQ(session_->error(), GetParam());
}

TEST_P(SessionErrorTest, OnTheFirstSendEndsTheSession) {
  kernel_.receives(kFd, "abc");
  kernel_.send_fails(kFd, GetParam());
  EXPECT_EQ(session_->receive(), Io::kOver);
  EXPECT_TRUE(session_->finished());
  EXPECT_EQ(session_->error(), GetParam());
  expect_wants(false, false);
}

TEST_P(SessionErrorTest, OnAFlushEndsTheSessionWhateverWaits) {
  stall_with("abc");
  kernel_.send_fails(kFd, GetParam());
  EXPECT_EQ(session_->flush(), Io::kOver);
  EXPECT_TRUE(session_->finished());
  expect_wants(false, false);
}

INSTANTIATE_TEST_SUITE_P(Errnos, SessionErrorTest,
                         testing::Values(ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH,
                                         ENETDOWN, ENOMEM, ENOBUFS, ECONNABORTED, EIO),
                         [](const auto& test) { return ErrnoName(test.param); });

TEST_F(SessionTest, AskedToFinishAnIdleClientIsFinishedAtOnce) {
  session_->finish();
  EXPECT_TRUE(session_->finished());
  EXPECT_EQ(kernel_.recv_calls(kFd), 1);
}

TEST_F(SessionTest, AskedToFinishItEchoesWhatIsThereTellsTheEndAndWaitsForTheClientToLeave) {
  kernel_.receives(kFd, "last");
  session_->finish();
  EXPECT_EQ(kernel_.sent(kFd), "last");
  EXPECT_TRUE(kernel_.shut_down(kFd, SHUT_WR));
  EXPECT_FALSE(session_->finished());
  expect_wants(true, false);
  kernel_.receives(kFd, "too late");
  kernel_.receives(kFd, "2");
  kernel_.receive_fails(kFd, EAGAIN);
  kernel_.receive_fails(kFd, EINTR);
  kernel_.receives_end(kFd);
  EXPECT_EQ(session_->receive(), Io::kAll);
  EXPECT_EQ(session_->receive(), Io::kShort);
  EXPECT_EQ(session_->receive(), Io::kBlocked);
  EXPECT_EQ(session_->receive(), Io::kInterrupted);
  EXPECT_FALSE(session_->finished());
  EXPECT_EQ(session_->receive(), Io::kOver);
  EXPECT_TRUE(session_->finished());
  EXPECT_EQ(kernel_.sent(kFd), "last");
}

TEST_F(SessionTest, AskedToFinishWithBytesWaitingItSendsThemBeforeItTellsTheEnd) {
  stall_with("12345678");
  kernel_.receives(kFd, "abcd");
  session_->finish();
  EXPECT_FALSE(kernel_.shut_down(kFd, SHUT_WR));
  expect_wants(false, true);
  session_->flush();
  EXPECT_EQ(kernel_.sent(kFd), "12345678abcd");
  EXPECT_TRUE(kernel_.shut_down(kFd, SHUT_WR));
  expect_wants(true, false);
}

TEST_F(SessionTest, AskedToFinishWhileReadingIsPausedItDoesNotRead) {
  stall_with("12345678");
  kernel_.receives(kFd, "abcdefgh");
  session_->receive();
  const int calls = kernel_.recv_calls(kFd);
  session_->finish();
  EXPECT_EQ(kernel_.recv_calls(kFd), calls);
  expect_wants(false, true);
}

TEST_F(SessionTest, AskedToFinishAfterTheClientHalfClosedItOnlyFlushes) {
  stall_with("abc");
  kernel_.receives_end(kFd);
  session_->receive();
  session_->finish();
  session_->flush();
  EXPECT_TRUE(session_->finished());
  EXPECT_FALSE(kernel_.shut_down(kFd, SHUT_WR));
}

TEST_F(SessionTest, AskedToFinishAClientThatIsGoneItIsFinished) {
  kernel_.receive_fails(kFd, ECONNRESET);
  session_->finish();
  EXPECT_TRUE(session_->finished());
}

TEST_F(SessionTest, WhenTheEndCannotBeToldItIsFinished) {
  kernel_.receives(kFd, "last");
  EXPECT_CALL(kernel_, shutdown(kFd, SHUT_WR)).WillOnce(Return(Fail(ENOTCONN)));
  session_->finish();
  EXPECT_TRUE(session_->finished());
}

TEST_F(SessionTest, AnErrorWhileLingeringFinishes) {
  kernel_.receives(kFd, "last");
  session_->finish();
  kernel_.receive_fails(kFd, ECONNRESET);
  EXPECT_EQ(session_->receive(), Io::kOver);
  EXPECT_TRUE(session_->finished());
}

TEST_F(SessionTest, AnIdleOneIsSmall) { EXPECT_LE(sizeof(Session), 48u); }

using SessionDeathTest = SessionTest;

TEST_F(SessionDeathTest, WhatItDoesNotWantMustNotBeAskedOfIt) {
  EXPECT_DEATH(static_cast<void>(session_->flush()), "wants_write");
  kernel_.receives_end(kFd);
  session_->receive();
  EXPECT_DEATH(static_cast<void>(session_->receive()), "wants_read");
}

}  // namespace
}  // namespace eagain
