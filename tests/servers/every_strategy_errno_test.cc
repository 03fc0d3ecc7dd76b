// What every strategy makes of each errno that it can meet, on a scripted kernel.

#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "eagain/support/scripted_kernel.h"
#include "eagain/support/sys_matchers.h"
#include "run_server.h"
#include "strategy_names.h"

namespace eagain {
namespace {

constexpr int kFirst = 10;
constexpr int kSecond = 11;

class ScriptedStrategyTest : public testing::Test {
 protected:
  // A client that says `bytes`, and leaves.
  void comes_and_goes(int fd, std::string_view bytes) {
    kernel_.accepts(Ok(fd));
    kernel_.receives(fd, bytes);
    kernel_.receives_end(fd);
  }

  void expect_served(int fd, std::string_view bytes) {
    EXPECT_EQ(kernel_.sent(fd), bytes);
    EXPECT_TRUE(kernel_.closed(fd));
  }

  ScriptedKernel kernel_;
};

class EveryStrategyScriptTest : public ScriptedStrategyTest,
                                public testing::WithParamInterface<Strategy> {
 protected:
  void run(const ServerOptions& options = {}) { RunToTheEnd(GetParam().name, kernel_, options); }
};

TEST_P(EveryStrategyScriptTest, EachClientGetsItsOwnBytesAndIsClosed) {
  comes_and_goes(kFirst, "one");
  comes_and_goes(kSecond, "two");
  run();
  expect_served(kFirst, "one");
  expect_served(kSecond, "two");
  EXPECT_TRUE(kernel_.closed(ScriptedKernel::kListener));
}

TEST_P(EveryStrategyScriptTest, ADescriptorUsedAgainBelongsToTheNewClientAlone) {
  comes_and_goes(kFirst, "one");
  comes_and_goes(kSecond, "two");
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "three");
  kernel_.receives_end(kFirst);
  run();
  expect_served(kFirst, "onethree");
  expect_served(kSecond, "two");
}

TEST_P(EveryStrategyScriptTest, ShortSendsOfEveryLengthLoseAndReorderNothing) {
  const std::string bytes = "abcdefghij";
  kernel_.accepts(Ok(kFirst));
  for (const size_t taken : {size_t{1}, bytes.size() / 2, bytes.size() - 1, bytes.size()}) {
    kernel_.receives(kFirst, bytes);
    kernel_.send_takes(kFirst, taken);
    kernel_.send_takes(kFirst, 1);
  }
  kernel_.receives_end(kFirst);
  run();
  expect_served(kFirst, bytes + bytes + bytes + bytes);
}

TEST_P(EveryStrategyScriptTest, AStalledSendIsTakenUpAgain) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "abc");
  for (const int error : {EAGAIN, EAGAIN, EINTR, EINTR, EAGAIN}) {
    kernel_.send_fails(kFirst, error);
  }
  kernel_.receives_end(kFirst);
  run();
  expect_served(kFirst, "abc");
}

TEST_P(EveryStrategyScriptTest, AnInterruptedOrEmptyRecvIsTakenUpAgain) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receive_fails(kFirst, EAGAIN);
  kernel_.receive_fails(kFirst, EINTR);
  kernel_.receives(kFirst, "abc");
  kernel_.receive_fails(kFirst, EINTR);
  kernel_.receives_end(kFirst);
  run();
  expect_served(kFirst, "abc");
}

TEST_P(EveryStrategyScriptTest, APeerThatDoesNotReadStopsBeingRead) {
  ServerOptions options;
  options.session = {.receive_buffer = 16, .high_water = 32, .low_water = 8};
  kernel_.accepts(Ok(kFirst));
  const std::string bytes(100, 'x');
  kernel_.receives(kFirst, bytes);
  kernel_.receives_end(kFirst);
  for (int i = 0; i < 40; ++i) {
    kernel_.send_takes(kFirst, 1);
    kernel_.send_fails(kFirst, EAGAIN);
  }
  run(options);
  expect_served(kFirst, bytes);
}

TEST_P(EveryStrategyScriptTest, NobodySpinsWhenDescriptorsHaveRunOut) {
  for (int i = 0; i < 10; ++i) {
    kernel_.accepts(Fail(EMFILE));
  }
  comes_and_goes(kFirst, "at last");
  run();
  expect_served(kFirst, "at last");
  // 20, 40, 80, 160, 320, 640 ms, and a second each from then on.
  EXPECT_GE(kernel_.now_ms(), 5000);
  EXPECT_LE(kernel_.waits().size(), 30u);
}

TEST_P(EveryStrategyScriptTest, StoppedItClosesEverything) {
  kernel_.accepts(Ok(kFirst));
  run();
  EXPECT_TRUE(kernel_.closed(kFirst));
  EXPECT_TRUE(kernel_.closed(ScriptedKernel::kListener));
}

TEST_P(EveryStrategyScriptTest, StoppedItIsDoneWithAPeerThatNeverReadsInBoundedTime) {
  ServerOptions options;
  options.drain_ms = 300;
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "abc");
  EXPECT_CALL(kernel_, send(kFirst, testing::_, testing::_, MSG_NOSIGNAL))
      .WillRepeatedly([this](int, const void*, size_t, int) -> SysResult<size_t> {
        // As long as a blocking send takes to come back; other servers do not ask so often.
        const timespec a_while{.tv_sec = 0, .tv_nsec = 100'000'000};
        static_cast<void>(kernel_.nanosleep(&a_while, nullptr).ok());
        return Fail(EAGAIN);
      });
  std::string said;
  options.log = Log(LogLevel::kInfo, [&](LogLevel, std::string_view line) { said += line; });
  run(options);
  EXPECT_TRUE(kernel_.closed(kFirst));
  EXPECT_LE(kernel_.now_ms(), 1000);
  EXPECT_THAT(said, testing::HasSubstr("cut off"));
}

INSTANTIATE_TEST_SUITE_P(All, EveryStrategyScriptTest, testing::ValuesIn(Strategies()),
                         NameOfStrategy);

// Errnos of accept, recv and send against every strategy.
using StrategyAndErrno = std::tuple<Strategy, int>;

std::string NameOfCase(const testing::TestParamInfo<StrategyAndErrno>& test) {
  return TestNameOf(std::get<0>(test.param)) + ErrnoName(std::get<1>(test.param));
}

class EveryErrnoTest : public ScriptedStrategyTest,
                       public testing::WithParamInterface<StrategyAndErrno> {
 protected:
  void run() { RunToTheEnd(std::get<0>(GetParam()).name, kernel_); }
  int error() const { return std::get<1>(GetParam()); }
};

using AcceptErrnoTest = EveryErrnoTest;

TEST_P(AcceptErrnoTest, TheNextClientIsServed) {
  comes_and_goes(kFirst, "one");
  kernel_.accepts(Fail(error()));
  kernel_.accepts(Fail(error()));
  comes_and_goes(kSecond, "two");
  run();
  expect_served(kFirst, "one");
  expect_served(kSecond, "two");
  EXPECT_LE(kernel_.accept_calls(), 8);
}

INSTANTIATE_TEST_SUITE_P(All, AcceptErrnoTest,
                         testing::Combine(testing::ValuesIn(Strategies()),
                                          testing::Values(EINTR, ECONNABORTED, EPROTO, ENETDOWN,
                                                          EPERM, EMFILE, ENFILE, ENOBUFS, ENOMEM,
                                                          EIO)),
                         NameOfCase);

using ConnectionErrnoTest = EveryErrnoTest;

TEST_P(ConnectionErrnoTest, OnRecvClosesThatClientOnly) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receive_fails(kFirst, error());
  comes_and_goes(kSecond, "two");
  run();
  EXPECT_TRUE(kernel_.closed(kFirst));
  EXPECT_EQ(kernel_.recv_calls(kFirst), 1);
  expect_served(kSecond, "two");
}

TEST_P(ConnectionErrnoTest, OnSendClosesThatClientOnly) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "abc");
  kernel_.send_fails(kFirst, error());
  comes_and_goes(kSecond, "two");
  run();
  EXPECT_TRUE(kernel_.closed(kFirst));
  EXPECT_EQ(kernel_.sent(kFirst), "");
  expect_served(kSecond, "two");
}

TEST_P(ConnectionErrnoTest, OnSendOfWhatWaitsClosesThatClientOnly) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "abc");
  kernel_.send_takes(kFirst, 1);
  kernel_.send_fails(kFirst, error());
  comes_and_goes(kSecond, "two");
  run();
  EXPECT_TRUE(kernel_.closed(kFirst));
  EXPECT_EQ(kernel_.sent(kFirst), "a");
  expect_served(kSecond, "two");
}

INSTANTIATE_TEST_SUITE_P(All, ConnectionErrnoTest,
                         testing::Combine(testing::ValuesIn(Strategies()),
                                          testing::Values(ECONNRESET, EPIPE, ETIMEDOUT,
                                                          EHOSTUNREACH)),
                         NameOfCase);

}  // namespace
}  // namespace eagain
