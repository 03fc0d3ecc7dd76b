// What /proc says of descriptors, against descriptors that this test made.
#include "eagain/driver/descriptors.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace eagain::driver {
namespace {

class DescriptorsTest : public testing::Test {
 protected:
  DescriptorsTest() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair_.data()), 0); }
  ~DescriptorsTest() override {
    ::close(pair_[0]);
    ::close(pair_[1]);
  }
  std::array<int, 2> pair_{};
};

TEST_F(DescriptorsTest, ASocketIsFoundByItsInodeUnderEachOfItsNumbers) {
  const auto inode = SocketInode(::getpid(), pair_[0]);
  struct stat info {};
  ::fstat(pair_[0], &info);
  ASSERT_EQ(inode, info.st_ino);
  const int second = ::dup(pair_[0]);
  const auto holders = HoldersOf(::getpid(), *inode);
  ASSERT_EQ(holders.size(), 2U);
  EXPECT_EQ(holders[0].fd, pair_[0]);
  EXPECT_EQ(holders[1].fd, second);
  EXPECT_EQ(holders[1].pid, ::getpid());
  ::close(second);
}

TEST_F(DescriptorsTest, WhatIsNoSocketHasNoInode) {
  const int file = ::open("/dev/null", O_RDONLY);
  EXPECT_EQ(SocketInode(::getpid(), file), std::nullopt);
  ::close(file);
  EXPECT_EQ(SocketInode(::getpid(), file), std::nullopt);
}

TEST_F(DescriptorsTest, FlagsAreThoseOfNow) {
  const Held held{::getpid(), pair_[0]};
  ASSERT_TRUE(DescriptorFlags(held));
  EXPECT_EQ(*DescriptorFlags(held) & O_NONBLOCK, 0);
  ::fcntl(pair_[0], F_SETFL, O_NONBLOCK);
  EXPECT_EQ(*DescriptorFlags(held) & O_NONBLOCK, O_NONBLOCK);
  EXPECT_EQ(DescriptorFlags({::getpid(), 987}), std::nullopt);
}

TEST_F(DescriptorsTest, RegistrationsOfAllEpollsAreSeenWithTheirFlags) {
  const int level = ::epoll_create1(0);
  const int edge = ::epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(level, EPOLL_CTL_ADD, pair_[0], &event);
  event.events = EPOLLIN | EPOLLOUT | EPOLLET;
  ::epoll_ctl(edge, EPOLL_CTL_ADD, pair_[1], &event);
  const auto all = Registrations(::getpid());
  const auto events_of = [&](int fd) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [fd](const Registration& one) { return one.fd == fd; });
    return found == all.end() ? 0 : found->events;
  };
  EXPECT_TRUE(events_of(pair_[0]) & EPOLLIN);
  EXPECT_FALSE(events_of(pair_[0]) & EPOLLET);
  EXPECT_TRUE(events_of(pair_[1]) & EPOLLET);
  ::close(level);
  ::close(edge);
}

}  // namespace
}  // namespace eagain::driver
