#include "eagain/servers/blocking.h"

#include <gtest/gtest.h>
#include <sys/time.h>

#include "eagain/support/scripted_kernel.h"
#include "run_server.h"

namespace eagain {
namespace {

using testing::_;
using testing::ElementsAre;
using testing::Return;

constexpr int kFirst = 10;
constexpr int kSecond = 11;

class BlockingServerTest : public testing::Test {
 protected:
  void run() { RunToTheEnd("blocking", kernel_, options_); }

  ScriptedKernel kernel_;
  ServerOptions options_;
};

TEST_F(BlockingServerTest, ServesAClientToItsEndBeforeItAcceptsTheNext) {
  kernel_.accepts(Ok(kFirst));
  kernel_.accepts(Ok(kSecond));
  kernel_.receives(kFirst, "a");
  kernel_.receives(kFirst, "b");
  kernel_.receives_end(kFirst);
  kernel_.receives(kSecond, "c");
  kernel_.receives_end(kSecond);
  run();
  EXPECT_THAT(kernel_.calls(), ElementsAre("recv 10", "send 10", "recv 10", "send 10", "recv 10",
                                           "recv 11", "send 11", "recv 11"));
}

TEST_F(BlockingServerTest, DescriptorsBlockAndASendComesBackInBoundedTime) {
  EXPECT_CALL(kernel_, socket(_, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_CALL(kernel_, accept4(3, nullptr, nullptr, SOCK_CLOEXEC))
      .WillOnce(Return(Ok(kFirst)))
      .WillRepeatedly(Return(Fail(EINVAL)));
  EXPECT_CALL(kernel_, setsockopt).Times(testing::AnyNumber());
  EXPECT_CALL(kernel_, setsockopt(kFirst, SOL_SOCKET, SO_SNDTIMEO, _, sizeof(timeval)))
      .WillOnce([](int, int, int, const void* value, socklen_t) {
        const auto* timeout = static_cast<const timeval*>(value);
        EXPECT_TRUE(timeout->tv_sec > 0 || timeout->tv_usec > 0) << "0 is for ever";
        return Ok();
      });
  kernel_.receive_fails(kFirst, ECONNRESET);
  run();
}

TEST_F(BlockingServerTest, AStopShutsTheListenerDownIfNobodyIsConnected) {
  Stop stop(kernel_);
  EXPECT_CALL(kernel_, accept4).WillOnce([&](int, sockaddr*, socklen_t*, int) {
    stop.request();
    return Fail(EINVAL);
  });
  EXPECT_CALL(kernel_, shutdown(ScriptedKernel::kListener, SHUT_RDWR)).Times(1);
  BlockingServer(kernel_, options_).run(stop);
  EXPECT_EQ(kernel_.slept_ms(), 0);
}

TEST_F(BlockingServerTest, AStopShutsTheClientDownForReadingAndNotForWriting) {
  kernel_.accepts(Ok(kFirst));
  run();
  EXPECT_TRUE(kernel_.shut_down(kFirst, SHUT_RD));
  EXPECT_FALSE(kernel_.shut_down(kFirst, SHUT_RDWR));
  EXPECT_TRUE(kernel_.closed(kFirst));
}

TEST_F(BlockingServerTest, StoppedWhileBytesWaitItSendsThemFirst) {
  kernel_.accepts(Ok(kFirst));
  Stop stop(kernel_);
  kernel_.receives(kFirst, "hello");
  kernel_.receives_end(kFirst);
  EXPECT_CALL(kernel_, send(kFirst, _, _, MSG_NOSIGNAL))
      .WillOnce([&](int, const void*, size_t, int) {
        stop.request();
        return Ok(size_t{2});
      })
      .WillOnce([](int, const void* bytes, size_t count, int) {
        EXPECT_EQ(std::string(static_cast<const char*>(bytes), count), "llo");
        return Ok(count);
      });
  BlockingServer(kernel_, options_).run(stop);
  EXPECT_TRUE(kernel_.closed(kFirst));
}

TEST_F(BlockingServerTest, AStopRequestedBeforeItRunsLeavesAtOnce) {
  Stop stop(kernel_);
  BlockingServer server(kernel_, options_);
  stop.request();
  server.run(stop);
  EXPECT_EQ(kernel_.accept_calls(), 0);
}

}  // namespace
}  // namespace eagain
