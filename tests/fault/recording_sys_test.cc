#include "eagain/fault/sys/recording_sys.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>
#include <sstream>
#include <string>

#include "eagain/fault/sys/trace_text.h"
#include "eagain/mocks/mock_sys.h"
#include "eagain/support/sys_matchers.h"

namespace eagain::fault {
namespace {

using testing::_;
using testing::DoAll;
using testing::Return;
using testing::SetArrayArgument;

class RecordingSysTest : public testing::Test {
 protected:
  // The lines since the last look.
  std::string trace() {
    std::string text = trace_.str();
    trace_.str("");
    return text;
  }

  testing::StrictMock<MockSys> below_;
  std::ostringstream trace_;
  RecordingSys sys_{below_, trace_};
};

TEST_F(RecordingSysTest, SocketsByTheNamesOfTheManual) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(8080);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* addr = reinterpret_cast<const sockaddr*>(&address);
  EXPECT_CALL(below_, socket(AF_INET, _, 0)).WillOnce(Return(Ok(3)));
  EXPECT_CALL(below_, setsockopt(3, _, _, _, _)).WillOnce(Return(Ok()));
  EXPECT_CALL(below_, bind(3, addr, _)).WillOnce(Return(Fail(EADDRINUSE)));
  EXPECT_CALL(below_, listen(3, 16)).WillOnce(Return(Ok()));
  EXPECT_CALL(below_, accept4(3, nullptr, nullptr, _)).WillOnce(Return(Ok(7)));
  EXPECT_CALL(below_, shutdown(7, SHUT_WR)).WillOnce(Return(Ok()));
  EXPECT_CALL(below_, fcntl(7, F_SETFL, O_NONBLOCK)).WillOnce(Return(Ok(0)));
  EXPECT_CALL(below_, close(7)).WillOnce(Return(Ok()));
  const int on = 1;
  EXPECT_THAT(sys_.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
              SysSucceedsWith(3));
  EXPECT_THAT(sys_.setsockopt(3, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), SysSucceeds());
  EXPECT_THAT(sys_.bind(3, addr, sizeof address), SysFailsWith(EADDRINUSE));
  EXPECT_THAT(sys_.listen(3, 16), SysSucceeds());
  EXPECT_THAT(sys_.accept4(3, nullptr, nullptr, SOCK_NONBLOCK), SysSucceedsWith(7));
  EXPECT_THAT(sys_.shutdown(7, SHUT_WR), SysSucceeds());
  EXPECT_THAT(sys_.fcntl(7, F_SETFL, O_NONBLOCK), SysSucceeds());
  EXPECT_THAT(sys_.close(7), SysSucceeds());
  EXPECT_EQ(trace(),
            "socket(2, STREAM|NONBLOCK|CLOEXEC, 0) = 3\n"
            "setsockopt(3, SOL_SOCKET SO_REUSEADDR, 1) = 0\n"
            "bind(3, 127.0.0.1:8080) = EADDRINUSE\n"
            "listen(3, 16) = 0\n"
            "accept4(3, NONBLOCK) = 7\n"
            "shutdown(7, WR) = 0\n"
            "fcntl(7, F_SETFL, NONBLOCK) = 0\n"
            "close(7) = 0\n");
}

TEST_F(RecordingSysTest, BytesThatMove) {
  const std::string hello = "hel\"lo\n";
  EXPECT_CALL(below_, recv(7, _, 64, 0)).WillOnce([&](int, void* buf, size_t, int) {
    std::memcpy(buf, hello.data(), hello.size());
    return Ok(hello.size());
  });
  EXPECT_CALL(below_, read(7, _, 64)).WillOnce(Return(Ok<size_t>(0)));
  EXPECT_CALL(below_, send(7, _, 30, MSG_NOSIGNAL)).WillOnce(Return(Ok<size_t>(3)));
  EXPECT_CALL(below_, write(7, _, 2)).WillOnce(Return(Fail(EPIPE)));
  char buffer[64];
  EXPECT_THAT(sys_.recv(7, buffer, sizeof buffer, 0), SysSucceeds());
  EXPECT_THAT(sys_.read(7, buffer, sizeof buffer), SysSucceeds());
  EXPECT_THAT(sys_.send(7, std::string(30, 'a').data(), 30, MSG_NOSIGNAL), SysSucceeds());
  EXPECT_THAT(sys_.write(7, "\x00\xff", 2), SysFailsWith(EPIPE));
  EXPECT_EQ(trace(),
            "recv(7, 64, 0) = 7 \"hel\\\"lo\\n\"\n"
            "read(7, 64) = 0\n"
            "send(7, \"aaaaaaaaaaaaaaaaaaaaaaaa\"..., 30, NOSIGNAL) = 3\n"
            "write(7, \"\\x00\\xff\", 2) = EPIPE\n");
}

TEST_F(RecordingSysTest, PollShowsWhoIsWaitedForAndWhoIsReady) {
  pollfd entries[2] = {{3, POLLIN, 0}, {7, POLLIN | POLLOUT, 0}};
  const pollfd ready[2] = {{3, POLLIN, 0}, {7, POLLIN | POLLOUT, POLLIN | POLLHUP}};
  EXPECT_CALL(below_, poll(_, 2, -1))
      .WillOnce(DoAll(SetArrayArgument<0>(ready, ready + 2), Return(Ok(1))));
  EXPECT_THAT(sys_.poll(entries, 2, -1), SysSucceedsWith(1));
  EXPECT_EQ(trace(), "poll([3:IN 7:IN|OUT], for ever) = 1 [7:IN|HUP]\n");
}

TEST_F(RecordingSysTest, SelectShowsItsSets) {
  fd_set reading;
  FD_ZERO(&reading);
  FD_SET(3, &reading);
  FD_SET(7, &reading);
  fd_set ready;
  FD_ZERO(&ready);
  FD_SET(7, &ready);
  timeval timeout{.tv_sec = 0, .tv_usec = 1500};
  EXPECT_CALL(below_, select(8, &reading, nullptr, nullptr, &timeout))
      .WillOnce([&](int, fd_set* set, fd_set*, fd_set*, timeval*) {
        *set = ready;
        return Ok(1);
      });
  EXPECT_THAT(sys_.select(8, &reading, nullptr, nullptr, &timeout), SysSucceedsWith(1));
  EXPECT_EQ(trace(), "select(8, [read 3 7], 1500us) = 1 [read 7]\n");
}

TEST_F(RecordingSysTest, EpollShowsDescriptorsWhateverTheProgramKeepsInItsData) {
  int anything = 0;
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = &anything}};
  EXPECT_CALL(below_, epoll_ctl(4, _, 7, _)).WillRepeatedly(Return(Ok()));
  EXPECT_CALL(below_, epoll_wait(4, _, 8, 20))
      .WillRepeatedly(DoAll(SetArrayArgument<1>(&event, &event + 1), Return(Ok(1))));
  epoll_event ready[8];
  EXPECT_THAT(sys_.epoll_ctl(4, EPOLL_CTL_ADD, 7, &event), SysSucceeds());
  EXPECT_THAT(sys_.epoll_wait(4, ready, 8, 20), SysSucceedsWith(1));
  EXPECT_THAT(sys_.epoll_ctl(4, EPOLL_CTL_DEL, 7, nullptr), SysSucceeds());
  EXPECT_THAT(sys_.epoll_wait(4, ready, 8, 20), SysSucceedsWith(1));
  EXPECT_EQ(trace(),
            "epoll_ctl(4, ADD, 7, IN|ET) = 0\n"
            "epoll_wait(4, 8, 20ms) = 1 [7:IN|ET]\n"
            "epoll_ctl(4, DEL, 7) = 0\n"
            "epoll_wait(4, 8, 20ms) = 1 [?:IN|ET]\n");
}

TEST_F(RecordingSysTest, ClocksShowNoTime) {
  const timespec nap{.tv_sec = 1, .tv_nsec = 500'000'000};
  timespec now{};
  EXPECT_CALL(below_, clock_gettime(CLOCK_MONOTONIC, &now)).WillOnce(Return(Ok()));
  EXPECT_CALL(below_, nanosleep(&nap, nullptr)).WillOnce(Return(Fail(EINTR)));
  EXPECT_THAT(sys_.clock_gettime(CLOCK_MONOTONIC, &now), SysSucceeds());
  EXPECT_THAT(sys_.nanosleep(&nap, nullptr), SysFailsWith(EINTR));
  EXPECT_EQ(trace(), "clock_gettime(MONOTONIC) = 0\nnanosleep(1500ms) = EINTR\n");
}

TEST(TraceTextTest, WhatHasNoNameIsANumber) {
  EXPECT_EQ(MessageFlagsText(MSG_NOSIGNAL | 0x100000), "NOSIGNAL|0x100000");
  EXPECT_EQ(MessageFlagsText(0), "0");
  EXPECT_EQ(OptionText(41, 26), "41 26");
  EXPECT_EQ(FcntlText(4711), "4711");
  EXPECT_EQ(AddressText(nullptr, 0), "null");
}

}  // namespace
}  // namespace eagain::fault
