// Connections that die: resets, and what is said of them by each call, in which order.
#include "contract_fixture.h"

namespace eagain {
namespace {

class ResetContract : public ContractTest {
 protected:
  int so_error(const UniqueFd& fd) {
    int value = -1;
    socklen_t length = sizeof value;
    EXPECT_THAT(sys.getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &value, &length), SysSucceeds());
    return value;
  }
};

constexpr uint32_t kDead = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP;

TEST_P(ResetContract, RecvSaysEconnresetOnceThenTheEnd) {
  Pair both = pair();
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_EQ(mask(both.server), kDead | EPOLLERR);
  EXPECT_THAT(recv(both.server), SysFailsWith(ECONNRESET));
  EXPECT_EQ(mask(both.server), kDead) << "the error is taken";
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
  EXPECT_THAT(send(both.server, "x"), SysFailsWith(EPIPE));
}

TEST_P(ResetContract, SendSaysEconnresetOnceThenEpipe) {
  Pair both = pair();
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_THAT(send(both.server, "x"), SysFailsWith(ECONNRESET));
  EXPECT_THAT(send(both.server, "x"), SysFailsWith(EPIPE));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
}

TEST_P(ResetContract, SoErrorTakesTheError) {
  Pair both = pair();
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_EQ(so_error(both.server), ECONNRESET);
  EXPECT_EQ(so_error(both.server), 0);
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
}

TEST_P(ResetContract, WhatArrivedBeforeTheResetCanStillBeRead) {
  Pair both = pair();
  ASSERT_THAT(send(both.client, "before"), SysSucceedsWith(6u));
  ASSERT_TRUE(arrived(both.server, 6));
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(6u));
  EXPECT_EQ(received(), "before");
  EXPECT_THAT(recv(both.server), SysFailsWith(ECONNRESET));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
}

TEST_P(ResetContract, ACloseWithUnreadBytesIsAReset) {
  Pair both = pair();
  ASSERT_THAT(send(both.server, "unread"), SysSucceedsWith(6u));
  ASSERT_TRUE(arrived(both.client, 6));
  both.client.reset();
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_THAT(recv(both.server), SysFailsWith(ECONNRESET));
}

TEST_P(ResetContract, ACloseWithEverythingReadIsNone) {
  Pair both = pair();
  ASSERT_THAT(send(both.server, "read"), SysSucceedsWith(4u));
  ASSERT_TRUE(drain(both.client, 4));
  both.client.reset();
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  EXPECT_EQ(mask(both.server), uint32_t{EPOLLIN | EPOLLOUT | EPOLLRDHUP});
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
}

TEST_P(ResetContract, BytesForWhoHasClosedAreAnsweredWithAReset) {
  Pair both = pair();
  both.client.reset();
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  EXPECT_THAT(send(both.server, "first"), SysSucceedsWith(5u)) << "nothing is known yet";
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_EQ(mask(both.server), kDead | EPOLLERR);
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u)) << "the stream had ended in order";
  EXPECT_THAT(send(both.server, "second"), SysFailsWith(EPIPE));
  EXPECT_THAT(send(both.server, "third"), SysFailsWith(EPIPE));
}

TEST_P(ResetContract, AfterAnOrderlyEndTheResetIsEpipe) {
  Pair both = pair();
  both.client.reset();
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  ASSERT_THAT(send(both.server, "first"), SysSucceedsWith(5u));
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_EQ(so_error(both.server), EPIPE);
  EXPECT_EQ(so_error(both.server), 0);
}

TEST_P(ResetContract, BytesForWhoHasShutDownBothWaysResetBoth) {
  Pair both = pair();
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_RDWR), SysSucceeds());
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  ASSERT_THAT(send(both.server, "late"), SysSucceedsWith(4u));
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  ASSERT_TRUE(becomes(both.client, EPOLLERR));
  EXPECT_EQ(so_error(both.server), EPIPE);
  EXPECT_EQ(so_error(both.client), ECONNRESET);
}

TEST_P(ResetContract, BytesWaitingToBeSentAreGone) {
  Pair both = pair(true);
  fill(both.server, both.client);
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR | EPOLLHUP | EPOLLOUT));
  EXPECT_THAT(send(both.server, "x"), SysFailsWith(ECONNRESET));
}

TEST_P(ResetContract, AResetAfterTheEndWasReadIsEpipeForSend) {
  Pair both = pair();
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
  EXPECT_THAT(send(both.server, "x"), SysFailsWith(EPIPE));
  EXPECT_THAT(send(both.server, "x"), SysFailsWith(EPIPE));
}

TEST_P(ResetContract, AResetWaitsInTheAcceptQueue) {
  UniqueFd listener = listening();
  UniqueFd client = connected(port_of(listener));
  ASSERT_THAT(send(client, "early"), SysSucceedsWith(5u));
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  reset(client);
  UniqueFd server = own(sys.accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK));
  ASSERT_TRUE(becomes(server, EPOLLERR)) << "Linux hands out what has died in the queue";
  SysResult<size_t> got = recv(server);
  if (got.ok()) {  // a reset may overtake bytes
    EXPECT_EQ(*got, 5u);
    got = recv(server);
  }
  EXPECT_THAT(got, SysFailsWith(ECONNRESET));
}

TEST_P(ResetContract, ADeadConnectionIsNotConnected) {
  Pair both = pair();
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_THAT(sys.shutdown(both.server.get(), SHUT_WR), SysFailsWith(ENOTCONN));
  EXPECT_THAT(sys.close(both.server.release()), SysSucceeds());
}

EAGAIN_CONTRACT(ResetContract);

}  // namespace
}  // namespace eagain
