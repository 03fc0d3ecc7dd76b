#include "eagain/fault/inject/epoll_watches.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace eagain::fault {
namespace {

TEST(EpollWatchesTest, AreReadFromWhatTheKernelWrites) {
  const auto watches = ParseWatches(
      "pos:\t0\nflags:\t02\nmnt_id:\t15\nino:\t1057\n"
      "tfd:        9 events: 80000019 data: ffffffff00000009  pos:0 ino:1f3a sdev:8\n"
      "tfd:        5 events:       19 data:                5  pos:0 ino:1f39 sdev:8\n");
  ASSERT_EQ(watches.size(), 2U);
  EXPECT_EQ(watches[0].fd, 5);
  EXPECT_EQ(watches[1].event.events, EPOLLET | EPOLLIN | EPOLLERR | EPOLLHUP);
  EXPECT_EQ(watches[1].event.data.u64, 0xffffffff00000009U);
  EXPECT_EQ(FindWatch(watches, 9, 0x1f3a), &watches[1]);
  EXPECT_EQ(FindWatch(watches, 9, 0x1f39), nullptr);
  EXPECT_EQ(FindWatch(watches, 7, 0x1f39), nullptr);
}

TEST(EpollWatchesTest, AreThoseOfARealEpoll) {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  const int event = ::eventfd(0, EFD_CLOEXEC);
  epoll_event interest{.events = EPOLLIN, .data = {.u64 = 77}};
  ASSERT_EQ(::epoll_ctl(epoll, EPOLL_CTL_ADD, event, &interest), 0);
  interest.events = EPOLLOUT | EPOLLET;
  ASSERT_EQ(::epoll_ctl(epoll, EPOLL_CTL_MOD, event, &interest), 0);
  struct stat status {};
  ASSERT_EQ(::fstat(event, &status), 0);
  const auto watches = WatchesOf(epoll);
  ASSERT_TRUE(watches);
  const EpollWatch* watch = FindWatch(*watches, event, status.st_ino);
  ASSERT_NE(watch, nullptr);
  EXPECT_EQ(watch->event.events & (EPOLLIN | EPOLLOUT | EPOLLET), EPOLLOUT | EPOLLET);
  EXPECT_EQ(watch->event.data.u64, 77U);
  EXPECT_TRUE(WatchesOf(event)->empty());
  ::close(event);
  EXPECT_FALSE(WatchesOf(event)) << "nobody knows what a closed one watches";
  ::close(epoll);
}

}  // namespace
}  // namespace eagain::fault
