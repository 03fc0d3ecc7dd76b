#include "eagain/servers/io_uring.h"

#include <gtest/gtest.h>

#include <string>

#include "eagain/support/scripted_kernel.h"
#include "eagain/sys/sys_error.h"
#include "run_server.h"
#include "running_server.h"

namespace eagain {
namespace {

using testing::_;
using testing::HasSubstr;
using testing::Return;

constexpr int kFirst = 10;
constexpr int kSecond = 11;

// With what the kernel may lack: buffers to choose from, and multishot accepting and receiving.
struct Kernel {
  const char* name;
  unsigned provided_buffers;
  bool multishot_accept;
  bool multishot_receive;
};

class IoUringTest : public testing::TestWithParam<Kernel> {
 protected:
  IoUringTest() {
    kernel_.provided_buffers = GetParam().provided_buffers;
    kernel_.multishot_accept = GetParam().multishot_accept;
    kernel_.multishot_receive = GetParam().multishot_receive;
    options_.log = Log(LogLevel::kDebug, [this](LogLevel, std::string_view line) {
      said_ += line;
      said_ += '\n';
    });
  }
  void comes_and_goes(int fd, std::string_view bytes) {
    kernel_.accepts(Ok(fd));
    kernel_.receives(fd, bytes);
    kernel_.receives_end(fd);
  }
  void run() { RunToTheEnd("io_uring", kernel_, options_); }

  ScriptedKernel kernel_;
  ServerOptions options_;
  std::string said_;
};

TEST_P(IoUringTest, ServesEachClientItsOwn) {
  comes_and_goes(kFirst, "one");
  comes_and_goes(kSecond, "two");
  comes_and_goes(kFirst, "three");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "onethree");
  EXPECT_EQ(kernel_.sent(kSecond), "two");
}

TEST_P(IoUringTest, WhoeverIsAcceptedBlocksSinceTheRingWaits) {
  EXPECT_CALL(kernel_, socket(_, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_CALL(kernel_, accept4(ScriptedKernel::kListener, nullptr, nullptr, SOCK_CLOEXEC));
  comes_and_goes(kFirst, "one");
  run();
}

TEST_P(IoUringTest, MoreReadyClientsThanBuffersAreServedAllTheSame) {
  constexpr int kEnd = 10 + 5 * static_cast<int>(ReceiveBuffers::kCount);
  for (int fd = 10; fd < kEnd; ++fd) {
    kernel_.accepts(Ok(fd));
    // Nobody is served before all are there.
    kernel_.wait_answers({{ScriptedKernel::kListener, EPOLLIN}});
    kernel_.receives(fd, "number " + std::to_string(fd));
    kernel_.send_takes(fd, 3);
    kernel_.receives_end(fd);
  }
  run();
  for (int fd = 10; fd < kEnd; ++fd) {
    EXPECT_EQ(kernel_.sent(fd), "number " + std::to_string(fd));
    EXPECT_TRUE(kernel_.closed(fd));
  }
}

// recv(2) may fail with ENOBUFS without any buffer of ours having been short.
TEST_P(IoUringTest, ReceivesThatFailForWantOfMemoryCostNoBuffer) {
  kernel_.accepts(Ok(kFirst));
  for (unsigned i = 0; i < 2 * ReceiveBuffers::kCount; ++i) {
    kernel_.receive_fails(kFirst, ENOBUFS);
  }
  kernel_.receives(kFirst, "at last");
  kernel_.receives_end(kFirst);
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "at last");
}

TEST_P(IoUringTest, ADescriptorShortagePausesAcceptingWhichIsThenTakenUpAgain) {
  kernel_.accepts(Fail(EMFILE));
  kernel_.accepts(Fail(EMFILE));
  comes_and_goes(kFirst, "at last");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "at last");
  EXPECT_EQ(kernel_.now_ms(), 20 + 40);
  EXPECT_THAT(said_, HasSubstr("accepting pauses, 0 clients connected: Too many open files"));
}

TEST_P(IoUringTest, AClientThatFailsInSendingIsNotReceivedFromAnyMore) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "abc");
  kernel_.send_takes(kFirst, 1);
  kernel_.send_fails(kFirst, EPIPE);
  run();
  EXPECT_TRUE(kernel_.closed(kFirst));
  EXPECT_THAT(said_, HasSubstr("client on descriptor 10: Broken pipe (EPIPE)"));
}

// A receive that goes on has more before what came first is sent.
TEST_P(IoUringTest, WhatComesWhileTheFirstWaitsForRoomIsSentBehindIt) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "first ");
  kernel_.send_takes(kFirst, 2);
  kernel_.send_fails(kFirst, EAGAIN);
  kernel_.receives(kFirst, "second ");
  kernel_.send_takes(kFirst, 1);
  kernel_.receives(kFirst, "third");
  kernel_.receives_end(kFirst);
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "first second third");
  EXPECT_TRUE(kernel_.closed(kFirst));
}

TEST_P(IoUringTest, StoppedInAConversationItTellsTheEnd) {
  kernel_.accepts(Ok(kFirst));
  kernel_.receives(kFirst, "abc");
  EXPECT_CALL(kernel_, send)
      .WillOnce(Return(Ok(size_t{1})))
      .WillRepeatedly([this](int, const void*, size_t, int) -> SysResult<size_t> {
        const timespec moment{.tv_sec = 0, .tv_nsec = 1'000'000};
        static_cast<void>(kernel_.nanosleep(&moment, nullptr).ok());
        return Ok(size_t{1});
      });
  run();
  EXPECT_TRUE(kernel_.shut_down(kFirst, SHUT_WR));
  EXPECT_TRUE(kernel_.closed(kFirst));
}

TEST_P(IoUringTest, WaitsThatFailAreTriedAgain) {
  for (const int error : {EINTR, EBUSY, EAGAIN, ENOMEM}) {
    kernel_.wait_fails(error);
  }
  comes_and_goes(kFirst, "one");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "one");
  EXPECT_EQ(kernel_.slept_ms(), 20);
}

// Nothing is heard of a send of which everything was taken, nor of one that was not handed over.
TEST_P(IoUringTest, WhatWasNotHandedOverIsNotSent) {
  kernel_.refuses_send = EBUSY;
  comes_and_goes(kFirst, "one");
  kernel_.send_takes(kFirst, 1);
  comes_and_goes(kSecond, "two");
  run();
  EXPECT_EQ(kernel_.sent(kFirst), "one");
  EXPECT_EQ(kernel_.sent(kSecond), "two");
  EXPECT_EQ(kernel_.refuses_send, 0);
}

TEST_P(IoUringTest, AWaitThatCannotSucceedEndsIt) {
  kernel_.wait_fails(EBADF);
  EXPECT_THROW(run(), SysError);
}

INSTANTIATE_TEST_SUITE_P(Kernels, IoUringTest,
                         testing::Values(Kernel{"OwnOneByOne", 0, false, false},
                                         Kernel{"OwnMultishotAccept", 0, true, false},
                                         Kernel{"ProvidedOneByOne", 1024, false, false},
                                         Kernel{"ProvidedMultishotAccept", 1024, true, false},
                                         Kernel{"ProvidedMultishot", 1024, true, true}),
                         [](const auto& test) { return test.param.name; });

TEST(IoUringServerTest, WithoutARingItSaysSo) {
  for (const int error : {ENOSYS, EPERM, ENOMEM}) {
    ScriptedKernel kernel;
    EXPECT_CALL(kernel, io_uring_setup)
        .WillOnce([error](unsigned) -> SysResult<std::unique_ptr<Ring>> { return Fail(error); });
    try {
      IoUringServer(kernel, {});
      ADD_FAILURE() << "there is no ring";
    } catch (const SysError& failure) {
      EXPECT_EQ(failure.error(), error);
      EXPECT_THAT(failure.what(), HasSubstr("cannot make a ring (io_uring_setup): "));
    }
  }
}

// On the real ring, with buffers of the server's own as on a kernel that has no others.
TEST(IoUringServerTest, ServesWithBuffersOfItsOwn) {
  ServerOptions options;
  options.provided_buffers = false;
  RunningServer server("io_uring", options);
  std::vector<Client> clients;
  for (int i = 0; i < 50; ++i) {
    clients.emplace_back(server.port());
  }
  const std::string bytes(100'000, 'b');
  for (Client& client : clients) {
    EXPECT_EQ(client.echo("hello"), "hello");
    EXPECT_TRUE(client.echo(bytes) == bytes);
  }
}

}  // namespace
}  // namespace eagain
