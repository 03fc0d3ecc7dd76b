// Bytes over a connection: order, shortness, full and empty buffers, the ends of a stream.
#include "contract_fixture.h"

namespace eagain {
namespace {

class StreamContract : public ContractTest {};

TEST_P(StreamContract, BytesArriveInOrder) {
  Pair both = pair();
  ASSERT_THAT(send(both.client, "one "), SysSucceedsWith(4u));
  ASSERT_THAT(send(both.client, "two"), SysSucceedsWith(3u));
  ASSERT_TRUE(arrived(both.server, 7));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(7u));
  EXPECT_EQ(received(), "one two");
}

TEST_P(StreamContract, ARecvTakesWhatFitsAndLeavesTheRest) {
  Pair both = pair();
  ASSERT_THAT(send(both.client, "abcdef"), SysSucceedsWith(6u));
  ASSERT_TRUE(arrived(both.server, 6));
  EXPECT_THAT(recv(both.server, 4), SysSucceedsWith(4u));
  EXPECT_EQ(received(), "abcd");
  EXPECT_THAT(recv(both.server, 4), SysSucceedsWith(2u));
  EXPECT_EQ(received(), "ef");
}

TEST_P(StreamContract, PeekLeavesTheBytes) {
  Pair both = pair();
  ASSERT_THAT(send(both.client, "abc"), SysSucceedsWith(3u));
  ASSERT_TRUE(arrived(both.server, 3));
  char bytes[8] = {};
  EXPECT_THAT(sys.recv(both.server.get(), bytes, 2, MSG_PEEK), SysSucceedsWith(2u));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(3u));
  EXPECT_EQ(received(), "abc");
}

TEST_P(StreamContract, ReadAndWriteAreRecvAndSendWithoutFlags) {
  Pair both = pair();
  ASSERT_THAT(sys.write(both.client.get(), "abc", 3), SysSucceedsWith(3u));
  ASSERT_TRUE(arrived(both.server, 3));
  char bytes[8] = {};
  EXPECT_THAT(sys.read(both.server.get(), bytes, sizeof bytes), SysSucceedsWith(3u));
  EXPECT_EQ(std::string_view(bytes), "abc");
  EXPECT_THAT(sys.read(both.server.get(), bytes, sizeof bytes), SysFailsWith(EAGAIN));
}

TEST_P(StreamContract, AnEmptyStreamIsEagain) {
  Pair both = pair();
  EXPECT_THAT(recv(both.server), SysFailsWith(EAGAIN));
  EXPECT_THAT(recv(both.client), SysFailsWith(EAGAIN));
}

TEST_P(StreamContract, DontwaitMakesOneCallNonBlocking) {
  Pair both = pair();
  ASSERT_THAT(sys.fcntl(both.server.get(), F_SETFL, 0), SysSucceeds());
  char byte = 0;
  EXPECT_THAT(sys.recv(both.server.get(), &byte, 1, MSG_DONTWAIT), SysFailsWith(EAGAIN));
}

TEST_P(StreamContract, NothingSentIsNothingReceived) {
  Pair both = pair();
  EXPECT_THAT(send(both.client, ""), SysSucceedsWith(0u));
  EXPECT_THAT(recv(both.server), SysFailsWith(EAGAIN));
}

TEST_P(StreamContract, ARecvOfNothingIsZeroOnlyWithBytesThere) {
  Pair both = pair();
  char byte = 0;
  EXPECT_THAT(sys.recv(both.server.get(), &byte, 0, 0), SysFailsWith(EAGAIN));
  ASSERT_THAT(send(both.client, "x"), SysSucceedsWith(1u));
  ASSERT_TRUE(arrived(both.server, 1));
  EXPECT_THAT(sys.recv(both.server.get(), &byte, 0, 0), SysSucceedsWith(0u));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(1u));
}

TEST_P(StreamContract, AReadOfNothingIsZeroWhateverIsThere) {
  Pair both = pair();
  char byte = 0;
  EXPECT_THAT(sys.read(both.server.get(), &byte, 0), SysSucceedsWith(0u));
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_THAT(sys.read(both.server.get(), &byte, 0), SysSucceedsWith(0u));
  EXPECT_THAT(recv(both.server), SysFailsWith(ECONNRESET)) << "the error is still there";
}

TEST_P(StreamContract, AFullStreamIsEagainAndRoomComesBack) {
  Pair both = pair(true);
  const size_t count = fill(both.client, both.server);
  EXPECT_THAT(send(both.client, "x"), SysFailsWith(EAGAIN));
  EXPECT_EQ(mask(both.client) & EPOLLOUT, 0u);
  ASSERT_TRUE(drain(both.server, count));
  ASSERT_TRUE(becomes(both.client, EPOLLOUT));
  EXPECT_THAT(send(both.client, "x"), SysSucceedsWith(1u));
}

TEST_P(StreamContract, ASendThatDoesNotFitIsShort) {
  Pair both = pair(true);
  const std::string much(8 * 1024 * 1024, 'm');
  SysResult<size_t> sent = send(both.client, much);
  ASSERT_THAT(sent, SysSucceeds());
  EXPECT_GT(*sent, 0u);
  EXPECT_LT(*sent, much.size());
  EXPECT_TRUE(drain(both.server, *sent));
}

TEST_P(StreamContract, NoByteIsLostOrChangedThroughFullBuffers) {
  Pair both = pair(true);
  std::string sent(200'000, '\0');
  for (size_t i = 0; i < sent.size(); ++i) {
    sent[i] = static_cast<char>(i * 2654435761u >> 13);
  }
  std::string got;
  size_t offset = 0;
  while (got.size() < sent.size()) {
    SysResult<size_t> out = send(both.client, std::string_view(sent).substr(offset));
    offset += out.ok() ? *out : 0;
    ASSERT_TRUE(becomes(both.server, EPOLLIN));
    ASSERT_THAT(recv(both.server, 3000), SysSucceeds());
    got += received();
  }
  EXPECT_TRUE(got == sent);
}

TEST_P(StreamContract, AHalfCloseIsTheEndOfTheStreamAfterItsBytes) {
  Pair both = pair();
  ASSERT_THAT(send(both.client, "last"), SysSucceedsWith(4u));
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(becomes(both.server, EPOLLIN | EPOLLRDHUP));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(4u));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u)) << "and it stays";
  EXPECT_EQ(mask(both.server), uint32_t{EPOLLIN | EPOLLOUT | EPOLLRDHUP});
}

TEST_P(StreamContract, AfterAHalfCloseTheOtherDirectionGoesOn) {
  Pair both = pair();
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  EXPECT_THAT(send(both.server, "still"), SysSucceedsWith(5u));
  ASSERT_TRUE(arrived(both.client, 5));
  EXPECT_THAT(recv(both.client), SysSucceedsWith(5u));
  EXPECT_THAT(recv(both.client), SysFailsWith(EAGAIN));
}

TEST_P(StreamContract, SendAfterShutdownOfWritingIsEpipe) {
  Pair both = pair();
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  EXPECT_THAT(send(both.client, "x"), SysFailsWith(EPIPE));
  EXPECT_THAT(send(both.client, "x"), SysFailsWith(EPIPE));
  EXPECT_EQ(mask(both.client), uint32_t{EPOLLOUT});
}

TEST_P(StreamContract, ShutdownOfReadingEndsTheStreamHereOnly) {
  Pair both = pair();
  ASSERT_THAT(sys.shutdown(both.server.get(), SHUT_RD), SysSucceeds());
  EXPECT_EQ(mask(both.server), uint32_t{EPOLLIN | EPOLLOUT | EPOLLRDHUP});
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
  EXPECT_THAT(send(both.client, "late"), SysSucceedsWith(4u))
      << "the other end knows nothing of it";
  ASSERT_TRUE(arrived(both.server, 4)) << "what still comes can be read on Linux";
  EXPECT_THAT(recv(both.server), SysSucceedsWith(4u));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
}

TEST_P(StreamContract, BothHalvesClosedIsAHangup) {
  Pair both = pair();
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  ASSERT_THAT(sys.shutdown(both.server.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(becomes(both.client, EPOLLHUP));
  ASSERT_TRUE(becomes(both.server, EPOLLHUP));
  EXPECT_EQ(mask(both.client), uint32_t{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP});
  EXPECT_EQ(mask(both.server), uint32_t{EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLHUP});
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
  EXPECT_THAT(recv(both.client), SysSucceedsWith(0u));
  EXPECT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysFailsWith(ENOTCONN));
}

TEST_P(StreamContract, AFullStreamIsFlushedBeforeItsEnd) {
  Pair both = pair(true);
  const size_t count = fill(both.client, both.server);
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(drain(both.server, count));
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
}

TEST_P(StreamContract, ACloseFlushesToo) {
  Pair both = pair(true);
  const size_t count = fill(both.client, both.server);
  both.client.reset();
  ASSERT_TRUE(drain(both.server, count));
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
}

EAGAIN_CONTRACT(StreamContract);

}  // namespace
}  // namespace eagain
