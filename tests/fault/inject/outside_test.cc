// Faults from outside: what the kernel then tells the program is true.
#include "eagain/fault/inject/outside.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <optional>
#include <string>

#include "eagain/fault/inject/injector.h"
#include "injected.h"

namespace eagain::fault {
namespace {

// A process that does one thing; killed at the end if it has not ended.
class Child {
 public:
  explicit Child(const std::function<int()>& body) : pid_(::fork()) {
    if (pid_ == 0) {
      ::_exit(body());
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  pid_t pid() const { return pid_; }
  // Its exit status, if it has ended by now.
  std::optional<int> ended() {
    int status = 0;
    if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) != pid_) {
      return std::nullopt;
    }
    pid_ = -1;
    return WEXITSTATUS(status);
  }

 private:
  pid_t pid_;
};

// A listener of this process, and clients of it.
class OutsideTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = WhyNotPermitted()) {
      GTEST_SKIP() << *reason;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(listener_, 8), 0);
    ASSERT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = std::to_string(ntohs(address.sin_port));
  }
  void TearDown() override { ::close(listener_); }

  int accept() const { return ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); }

  static int buffer_of(int fd, int option) {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    EXPECT_EQ(::getsockopt(fd, SOL_SOCKET, option, &bytes, &size), 0);
    return bytes;
  }
  static void expect_reset(const Client& client) {
    EXPECT_EQ(client.receive(1), "");
    EXPECT_EQ(errno, ECONNRESET);
  }

  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string port_;
};

TEST_F(OutsideTest, BuffersAreTheKernelsLeast) {
  const Client client(port_);
  const int server = accept();
  EXPECT_EQ(LeastSendBuffer(::getpid(), server), 0);
  EXPECT_EQ(LeastReceiveBuffer(::getpid(), server), 0);
  EXPECT_LT(buffer_of(server, SO_SNDBUF), 8 * 1024);
  EXPECT_LT(buffer_of(server, SO_RCVBUF), 8 * 1024);
  ::close(server);
}

TEST_F(OutsideTest, WhatIsNotThereIsSaid) {
  constexpr int kNoDescriptor = 1'000'000;
  EXPECT_EQ(LeastSendBuffer(::getpid(), kNoDescriptor), EBADF);
  EXPECT_EQ(ResetConnection(::getpid(), kNoDescriptor), EBADF);
  EXPECT_EQ(AbortPending(::getpid(), kNoDescriptor), EBADF);
  Child child([] { return 0; });
  const pid_t pid = child.pid();
  ASSERT_TRUE(Injected::wait_until([&] { return child.ended().has_value(); }));
  EXPECT_EQ(OpenDescriptors(pid), 0U);
}

TEST_F(OutsideTest, BeyondTheLimitOfDescriptorsIsEmfile) {
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  Child child([&go] {
    char byte = 0;
    static_cast<void>(!::read(go[0], &byte, 1));
    return ::dup(go[0]) < 0 ? errno : 0;
  });
  // Who looks at its own has one more, for looking.
  EXPECT_EQ(OpenDescriptors(child.pid()) + 1, OpenDescriptors(::getpid()));
  EXPECT_EQ(LimitDescriptors(child.pid(), static_cast<uint64_t>(go[0])), 0);
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  std::optional<int> status;
  ASSERT_TRUE(Injected::wait_until([&] { return (status = child.ended()).has_value(); }));
  EXPECT_EQ(*status, EMFILE);
  ::close(go[0]);
  ::close(go[1]);
}

TEST_F(OutsideTest, AStopInterruptsEpollWait) {
  Child child([] {
    epoll_event event;
    return ::epoll_wait(::epoll_create1(0), &event, 1, -1) < 0 ? errno : 0;
  });
  std::optional<int> status;
  // The first stops may come before it waits.
  ASSERT_TRUE(Injected::wait_until([&] {
    EXPECT_EQ(StopAndContinue(child.pid()), 0);
    return (status = child.ended()).has_value();
  }));
  EXPECT_EQ(*status, EINTR);
}

TEST_F(OutsideTest, AResetConnectionIsOverOnBothSides) {
  const Client client(port_);
  const int server = accept();
  EXPECT_EQ(ResetConnection(::getpid(), server), 0);
  expect_reset(client);
  char byte = 0;
  EXPECT_EQ(::recv(server, &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
  ::close(server);
}

TEST_F(OutsideTest, AnAbortedConnectionIsTheOldestThatWaits) {
  EXPECT_EQ(AbortPending(::getpid(), listener_), EAGAIN);
  const Client first(port_);
  const Client second(port_);
  EXPECT_EQ(AbortPending(::getpid(), listener_), 0);
  expect_reset(first);
  const int server = accept();
  ASSERT_GE(server, 0);
  ASSERT_EQ(::send(server, "x", 1, 0), 1);
  EXPECT_EQ(second.receive(1), "x");
  ::close(server);
}

}  // namespace
}  // namespace eagain::fault
