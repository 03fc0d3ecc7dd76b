// io_uring: what is handed over, and what it comes to.
#include <map>

#include "contract_fixture.h"

namespace eagain {
namespace {

class RingContract : public ContractTest {
 protected:
  void SetUp() override {
    SysResult<std::unique_ptr<Ring>> made = sys.io_uring_setup(8);
    if (made.error() == ENOSYS || made.error() == EPERM) {
      GTEST_SKIP() << "io_uring is switched off here";
    }
    ASSERT_TRUE(made.ok());
    ring_ = made.take();
  }

  void prepare(const Submission& submission) {
    ASSERT_THAT(ring_->prepare(submission), SysSucceeds());
  }
  // The next completion, waiting for it.
  Completion completion() {
    Completion next;
    for (int i = 0; i < 100; ++i) {
      if (ring_->next(next)) {
        return next;
      }
      EXPECT_THAT(ring_->submit(kPatienceMs / 100), SysSucceeds());
    }
    ADD_FAILURE() << "nothing is completed";
    return next;
  }
  bool nothing_is_completed() {
    EXPECT_THAT(ring_->submit(0), SysSucceeds());
    Completion next;
    return !ring_->next(next);
  }
  Pair blocking_pair() {
    Pair both = pair(true);
    EXPECT_THAT(sys.fcntl(both.server.get(), F_SETFL, 0), SysSucceeds());
    return both;
  }

  std::unique_ptr<Ring> ring_;
};

TEST_P(RingContract, AReceiveWaitsForBytes) {
  Pair both = blocking_pair();
  char buffer[16];
  prepare({.op = Submission::Op::kReceive,
           .fd = both.server.get(),
           .buffer = buffer,
           .length = sizeof buffer,
           .user_data = 7});
  EXPECT_TRUE(nothing_is_completed());
  ASSERT_THAT(send(both.client, "ping"), SysSucceedsWith(4u));
  const Completion done = completion();
  EXPECT_EQ(done.user_data, 7u);
  EXPECT_EQ(done.result, 4);
  EXPECT_FALSE(done.more);
  EXPECT_EQ(std::string(buffer, 4), "ping");
}

TEST_P(RingContract, AReceiveThatIsNotToWaitDoesNot) {
  Pair both = blocking_pair();
  char buffer[16];
  prepare({.op = Submission::Op::kReceive,
           .fd = both.server.get(),
           .buffer = buffer,
           .length = sizeof buffer,
           .flags = MSG_DONTWAIT});
  EXPECT_EQ(completion().error(), EAGAIN);
}

TEST_P(RingContract, ABufferIsChosenWhenBytesComeAndNoneWhenNoneIsLeft) {
  Pair both = blocking_pair();
  if (!ring_->provide_buffers(2, 16).ok()) {
    GTEST_SKIP() << "this kernel has no buffers to choose from";
  }
  const Submission receive{.op = Submission::Op::kReceiveProvided, .fd = both.server.get()};
  ring_->give_back(1);
  prepare(receive);
  ASSERT_THAT(send(both.client, "ping"), SysSucceedsWith(4u));
  const Completion done = completion();
  ASSERT_EQ(done.result, 4);
  ASSERT_EQ(done.buffer, 1);
  EXPECT_EQ(std::string(ring_->buffer(1).data(), 4), "ping");
  ASSERT_THAT(send(both.client, "pong"), SysSucceedsWith(4u));
  ASSERT_TRUE(becomes(both.server, EPOLLIN));
  prepare(receive);
  EXPECT_EQ(completion().error(), ENOBUFS);
  ring_->give_back(1);
  prepare(receive);
  EXPECT_EQ(completion().buffer, 1);
}

TEST_P(RingContract, AReceiveGoesOnUntilItHasItsBytes) {
  Pair both = blocking_pair();
  if (!ring_->provide_buffers(4, 16).ok()) {
    GTEST_SKIP() << "this kernel has no buffers to choose from";
  }
  for (int number = 0; number < 4; ++number) {
    ring_->give_back(number);
  }
  prepare({.op = Submission::Op::kReceiveProvided,
           .fd = both.server.get(),
           .length = 10,
           .multishot = true});
  ASSERT_THAT(ring_->submit(0), SysSucceeds());
  ASSERT_THAT(send(both.client, "ping"), SysSucceedsWith(4u));
  const Completion first = completion();
  if (first.error() == EINVAL) {
    GTEST_SKIP() << "this kernel knows no limit of a multishot receive";
  }
  ASSERT_EQ(first.result, 4);
  EXPECT_TRUE(first.more);
  EXPECT_EQ(std::string(ring_->buffer(first.buffer).data(), 4), "ping");
  EXPECT_TRUE(nothing_is_completed());
  ASSERT_THAT(send(both.client, "pong and more"), SysSucceedsWith(13u));
  const Completion last = completion();
  EXPECT_EQ(last.result, 13) << "the limit cuts nothing";
  EXPECT_FALSE(last.more);
  EXPECT_EQ(std::string(ring_->buffer(last.buffer).data(), 13), "pong and more");
  EXPECT_TRUE(nothing_is_completed());
}

TEST_P(RingContract, ASilentSendSaysSomethingOnlyIfNotAllWasTaken) {
  Pair both = blocking_pair();
  std::string much(64 << 10, 'm');
  const Submission sends{.op = Submission::Op::kSend,
                         .fd = both.server.get(),
                         .buffer = much.data(),
                         .length = much.size(),
                         .flags = MSG_DONTWAIT | MSG_NOSIGNAL,
                         .silent = true};
  size_t sent = 0;
  Completion done;
  bool said = false;
  for (int i = 0; i < 1000 && !said; ++i) {
    prepare(sends);
    ASSERT_THAT(ring_->submit(0), SysSucceeds());
    EXPECT_TRUE(ring_->all_handed_over());
    said = ring_->next(done);
    sent += said ? 0 : much.size();
  }
  ASSERT_TRUE(said);
  EXPECT_LT(done.result, static_cast<int>(much.size()));
  sent += done.ok() ? static_cast<size_t>(done.result) : 0;
  EXPECT_TRUE(drain(both.client, sent));
  both.client.reset();
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  // The first may be taken: it is answered with a reset.
  int error = 0;
  for (int i = 0; i < 100 && (error == 0 || error == EAGAIN); ++i) {
    ASSERT_TRUE(becomes(both.server, EPOLLOUT));
    prepare(sends);
    ASSERT_THAT(ring_->submit(0), SysSucceeds());
    error = ring_->next(done) ? done.error() : 0;
  }
  EXPECT_TRUE(error == EPIPE || error == ECONNRESET) << error;
}

TEST_P(RingContract, TheEndIsReceivedAsNothing) {
  Pair both = blocking_pair();
  char buffer[16];
  prepare({.op = Submission::Op::kReceive,
           .fd = both.server.get(),
           .buffer = buffer,
           .length = sizeof buffer});
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  EXPECT_EQ(completion().result, 0);
}

TEST_P(RingContract, ASendThatIsNotToWaitTakesWhatFitsAndOneThatWaitsGoesOn) {
  Pair both = blocking_pair();
  std::string much(2 << 20, 'm');
  Submission sends{.op = Submission::Op::kSend,
                   .fd = both.server.get(),
                   .buffer = much.data(),
                   .length = much.size(),
                   .flags = MSG_DONTWAIT | MSG_NOSIGNAL};
  size_t sent = 0;
  Completion done;
  do {
    prepare(sends);
    done = completion();
    sent += done.ok() ? static_cast<size_t>(done.result) : 0;
  } while (done.ok());
  EXPECT_EQ(done.error(), EAGAIN);
  sends.flags = MSG_NOSIGNAL;
  sends.length = 100;
  prepare(sends);
  ASSERT_THAT(ring_->submit(0), SysSucceeds());
  ASSERT_TRUE(drain(both.client, sent));
  EXPECT_GT(completion().result, 0);
}

TEST_P(RingContract, PollTellsOfTheOtherSidesEndWhateverWasAskedFor) {
  Pair both = pair(true);
  fill(both.server, both.client);
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  prepare({.op = Submission::Op::kPoll, .fd = both.server.get(), .flags = POLLOUT});
  EXPECT_NE(static_cast<uint32_t>(completion().result) & EPOLLRDHUP, 0U);
}

TEST_P(RingContract, WhatIsCancelledComesBackAsThat) {
  Pair both = blocking_pair();
  char buffer[16];
  prepare({.op = Submission::Op::kReceive,
           .fd = both.server.get(),
           .buffer = buffer,
           .length = sizeof buffer,
           .user_data = 1});
  EXPECT_TRUE(nothing_is_completed());
  prepare({.op = Submission::Op::kCancel, .target = 1, .user_data = 2});
  std::map<uint64_t, int> results;
  for (int i = 0; i < 2; ++i) {
    const Completion done = completion();
    results[done.user_data] = done.result;
  }
  EXPECT_EQ(results, (std::map<uint64_t, int>{{1, -ECANCELED}, {2, 0}}));
  prepare({.op = Submission::Op::kCancel, .target = 1});
  EXPECT_EQ(completion().error(), ENOENT);
}

TEST_P(RingContract, AcceptingGoesOn) {
  UniqueFd listener = listening(16, 0);
  prepare({.op = Submission::Op::kAccept,
           .fd = listener.get(),
           .flags = SOCK_CLOEXEC,
           .multishot = true});
  for (int i = 0; i < 2; ++i) {
    UniqueFd client = connected(port_of(listener));
    const Completion done = completion();
    if (done.error() == EINVAL) {
      GTEST_SKIP() << "this kernel accepts one by one";
    }
    EXPECT_TRUE(done.more);
    UniqueFd server = own(Ok(done.result));
  }
}

EAGAIN_CONTRACT(RingContract);

}  // namespace
}  // namespace eagain
