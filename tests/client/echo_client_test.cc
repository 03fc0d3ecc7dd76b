#include "eagain/client/echo_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>

#include "eagain/mocks/mock_sys.h"
#include "eagain/support/sys_matchers.h"
#include "eagain/sys/sys_error.h"

namespace eagain {
namespace {

using testing::_;
using testing::Return;
using Why = EchoClient::Ending::Why;

constexpr int kServer = 5;
constexpr int kInput = 0;
constexpr int kOutput = 1;

// A keyboard, a screen and a server made of strings. The server echoes what it was sent, `piece_`
// bytes at a time, and takes `appetite_` bytes at a time.
class EchoClientTest : public testing::Test {
 protected:
  EchoClientTest() {
    ON_CALL(sys_, poll).WillByDefault([this](pollfd* fds, nfds_t, int) { return on_poll(fds); });
    ON_CALL(sys_, read).WillByDefault([this](int, void* buf, size_t count) {
      return on_read(buf, count);
    });
    ON_CALL(sys_, write).WillByDefault([this](int fd, const void* buf, size_t count) {
      EXPECT_EQ(fd, kOutput);
      shown_.append(static_cast<const char*>(buf), count);
      return Ok(count);
    });
    ON_CALL(sys_, send).WillByDefault([this](int fd, const void* buf, size_t len, int flags) {
      EXPECT_EQ(fd, kServer);
      EXPECT_EQ(flags, MSG_NOSIGNAL | MSG_DONTWAIT);
      return on_send(buf, len);
    });
    ON_CALL(sys_, recv).WillByDefault([this](int fd, void* buf, size_t len, int flags) {
      EXPECT_EQ(fd, kServer);
      EXPECT_EQ(flags, MSG_DONTWAIT);
      return on_recv(buf, len);
    });
  }

  EchoClient::Ending run(std::string_view prompt = "") {
    return EchoClient(sys_, kServer, kInput, kOutput, prompt).run();
  }

  // What the keyboard gives, read for read; then the end.
  std::deque<std::string> typed_;
  size_t piece_ = SIZE_MAX;
  size_t appetite_ = SIZE_MAX;
  // The server stops echoing and closes after so many bytes.
  size_t leaves_after_ = SIZE_MAX;

  std::string sent_;     // all that the server got
  std::string pending_;  // its answer, not yet received
  size_t answered_ = 0;
  std::string shown_;
  testing::NiceMock<MockSys> sys_;

 private:
  bool left() const { return answered_ >= leaves_after_ && pending_.empty(); }

  SysResult<int> on_poll(pollfd* fds) {
    int ready = 0;
    const auto tell = [&](pollfd& one, short events) {
      one.revents = static_cast<short>(one.events & events);
      ready += one.revents != 0 ? 1 : 0;
    };
    tell(fds[0], static_cast<short>(POLLOUT | (!pending_.empty() || left() ? POLLIN : 0)));
    tell(fds[1], fds[1].fd >= 0 ? POLLIN : 0);
    EXPECT_GT(ready, 0) << "it waits for what will not come";
    return ready > 0 ? Ok(ready) : SysResult<int>(Fail(EDEADLK));
  }

  SysResult<size_t> on_read(void* buf, size_t count) {
    if (typed_.empty()) {
      return Ok(size_t{0});
    }
    const std::string part = typed_.front().substr(0, count);
    typed_.front().erase(0, part.size());
    if (typed_.front().empty()) {
      typed_.pop_front();
    }
    std::memcpy(buf, part.data(), part.size());
    return Ok(part.size());
  }

  SysResult<size_t> on_send(const void* buf, size_t len) {
    const std::string part(static_cast<const char*>(buf), std::min(len, appetite_));
    sent_ += part;
    const std::string echoed = part.substr(0, leaves_after_ - std::min(leaves_after_, answered_));
    answered_ += echoed.size();
    pending_ += echoed;
    return Ok(part.size());
  }

  SysResult<size_t> on_recv(void* buf, size_t len) {
    const std::string part = pending_.substr(0, std::min(len, piece_));
    pending_.erase(0, part.size());
    std::memcpy(buf, part.data(), part.size());
    return Ok(part.size());
  }
};

TEST_F(EchoClientTest, ShowsTheEchoOfEachLine) {
  typed_ = {"hello\n", "world\n"};
  EXPECT_EQ(run().why, Why::kExit);
  EXPECT_EQ(shown_, "hello\nworld\n");
}

TEST_F(EchoClientTest, AnEchoInPiecesIsAwaitedToItsLastByte) {
  typed_ = {"h\xC3\xA4\xE2\x82\xAC\n", "next\n"};
  piece_ = 1;
  EXPECT_EQ(run().why, Why::kExit);
  EXPECT_EQ(shown_, "h\xC3\xA4\xE2\x82\xAC\nnext\n");
}

TEST_F(EchoClientTest, TheNextLineIsNotSentBeforeTheEchoIsComplete) {
  typed_ = {"one\ntwo\n"};
  piece_ = 2;
  EXPECT_CALL(sys_, send(kServer, _, _, _)).Times(2);
  EXPECT_CALL(sys_, recv(kServer, _, _, _)).Times(4);
  run();
  EXPECT_EQ(shown_, "one\ntwo\n");
}

TEST_F(EchoClientTest, ALineTypedInPiecesIsSentWhenItIsComplete) {
  typed_ = {"he", "ll", "o\nwo", "rld\n"};
  EXPECT_CALL(sys_, send(kServer, _, 6, _)).Times(2);
  run();
  EXPECT_EQ(sent_, "hello\nworld\n");
}

TEST_F(EchoClientTest, ALineLargerThanAllBuffersIsSentAndReceivedAtTheSameTime) {
  const std::string line = std::string(1'000'000, 'x') + "\n";
  typed_ = {line, "next\n"};
  appetite_ = 10'000;
  piece_ = 7'000;
  run();
  EXPECT_TRUE(shown_ == line + "next\n");
}

TEST_F(EchoClientTest, ExitLeavesAndWhatFollowsIsNotSent) {
  typed_ = {"hello\nexit\nmore\n"};
  EXPECT_EQ(run().why, Why::kExit);
  EXPECT_EQ(sent_, "hello\n");
}

TEST_F(EchoClientTest, ExitIsAWholeLine) {
  typed_ = {"exit now\n", " exit\n", "EXIT\n"};
  run();
  EXPECT_EQ(sent_, "exit now\n exit\nEXIT\n");
}

TEST_F(EchoClientTest, ExitWithACarriageReturnOrWithoutANewlineLeavesToo) {
  typed_ = {"exit\r\n", "more\n"};
  EXPECT_EQ(run().why, Why::kExit);
  typed_ = {"exit"};
  EXPECT_EQ(run().why, Why::kExit);
  EXPECT_EQ(sent_, "");
}

TEST_F(EchoClientTest, AnEmptyLineIsNotSentAndNothingIsAwaited) {
  typed_ = {"\n", "\r\n", "hello\n", "\n"};
  EXPECT_EQ(run().why, Why::kExit);
  EXPECT_EQ(sent_, "hello\n");
}

TEST_F(EchoClientTest, TheLastLineNeedsNoNewline) {
  typed_ = {"hello"};
  EXPECT_EQ(run().why, Why::kExit);
  EXPECT_EQ(shown_, "hello");
}

TEST_F(EchoClientTest, BytesThatAreNoTextPassUnchanged) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    bytes += static_cast<char>(byte);
  }
  typed_ = {bytes};
  piece_ = 3;
  run();
  EXPECT_EQ(shown_, bytes);
}

TEST_F(EchoClientTest, AServerThatLeavesInTheMiddleOfAnEchoIsSaid) {
  typed_ = {"hello\n"};
  leaves_after_ = 2;
  const EchoClient::Ending ending = run();
  EXPECT_EQ(ending.why, Why::kServerLeft);
  EXPECT_EQ(ending.error, 0);
  EXPECT_EQ(ending.awaited, 4u);
  EXPECT_EQ(shown_, "he");
}

TEST_F(EchoClientTest, AServerThatLeavesWhileNobodyTypesIsSaid) {
  leaves_after_ = 0;
  EXPECT_CALL(sys_, read).Times(0);
  const EchoClient::Ending ending = run();
  EXPECT_EQ(ending.why, Why::kServerLeft);
  EXPECT_EQ(ending.awaited, 0u);
}

TEST_F(EchoClientTest, ABrokenConnectionIsToldWithItsErrno) {
  typed_ = {"hello\n", "hello\n"};
  EXPECT_CALL(sys_, recv).WillOnce(Return(Fail(ECONNRESET)));
  EXPECT_EQ(run().error, ECONNRESET);
  EXPECT_CALL(sys_, send).WillOnce(Return(Fail(EPIPE)));
  pending_.clear();
  const EchoClient::Ending ending = run();
  EXPECT_EQ(ending.why, Why::kServerLeft);
  EXPECT_EQ(ending.error, EPIPE);
}

TEST_F(EchoClientTest, MoreThanTheEchoIsShownAndAwaitsNothing) {
  typed_ = {"a\n", "b\n"};
  pending_ = "welcome\n";
  EXPECT_EQ(run().why, Why::kExit);
  EXPECT_EQ(sent_, "a\nb\n");
  EXPECT_TRUE(shown_.starts_with("welcome\n")) << shown_;
}

TEST_F(EchoClientTest, InterruptedCallsAreMadeAgain) {
  typed_ = {"hello\n"};
  EXPECT_CALL(sys_, poll)
      .WillOnce(Return(Fail(EINTR)))
      .WillOnce(Return(Fail(EAGAIN)))
      .WillRepeatedly(testing::DoDefault());
  EXPECT_CALL(sys_, read).WillOnce(Return(Fail(EINTR))).WillRepeatedly(testing::DoDefault());
  EXPECT_CALL(sys_, send)
      .WillOnce(Return(Fail(EINTR)))
      .WillOnce(Return(Fail(EAGAIN)))
      .WillRepeatedly(testing::DoDefault());
  EXPECT_CALL(sys_, recv)
      .WillOnce(Return(Fail(EINTR)))
      .WillOnce(Return(Fail(EAGAIN)))
      .WillRepeatedly(testing::DoDefault());
  EXPECT_CALL(sys_, write).WillOnce(Return(Fail(EINTR))).WillRepeatedly(testing::DoDefault());
  EXPECT_EQ(run().why, Why::kExit);
  EXPECT_EQ(shown_, "hello\n");
}

TEST_F(EchoClientTest, ATerminalThatTakesLittleIsWaitedFor) {
  typed_ = {"hello\n"};
  EXPECT_CALL(sys_, write(kOutput, _, 6))
      .WillOnce(Return(Fail(EAGAIN)))
      .WillOnce([this](int, const void* bytes, size_t) {
        shown_.append(static_cast<const char*>(bytes), 2);
        return Ok(size_t{2});
      });
  EXPECT_CALL(sys_, write(kOutput, _, 4));
  EXPECT_CALL(sys_, poll(_, 2, -1)).Times(testing::AnyNumber());
  EXPECT_CALL(sys_, poll(_, 1, -1)).WillOnce(Return(Ok(1)));
  run();
  EXPECT_EQ(shown_, "hello\n");
}

TEST_F(EchoClientTest, AnOutputThatCannotBeWrittenIsAnError) {
  typed_ = {"hello\n"};
  EXPECT_CALL(sys_, write).WillOnce(Return(Fail(EPIPE)));
  EXPECT_THROW(run(), SysError);
}

TEST_F(EchoClientTest, AWaitThatCannotWorkIsAnError) {
  EXPECT_CALL(sys_, poll).WillOnce(Return(Fail(ENOMEM)));
  EXPECT_THROW(run(), SysError);
}

TEST_F(EchoClientTest, AKeyboardThatIsGoneEndsTheInput) {
  EXPECT_CALL(sys_, read).WillOnce(Return(Fail(EIO)));
  EXPECT_EQ(run().why, Why::kExit);
}

TEST_F(EchoClientTest, APromptComesBeforeEachLineThatHasToBeTyped) {
  typed_ = {"one\ntwo\n", "three\n"};
  run("> ");
  EXPECT_EQ(shown_, "> one\ntwo\n> three\n> ");
}

}  // namespace
}  // namespace eagain
