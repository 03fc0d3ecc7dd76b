// Waits that report fewer ready descriptors, or in another order; and, in the end, all of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "eagain/fault/sys/ready_events.h"
#include "loopback.h"

namespace eagain::fault {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

// Four clients, all of which have said something.
class WaitTest : public LoopbackTest {
 protected:
  void four(const std::string& plan) {
    serve(plan);
    for (int i = 0; i < 4; ++i) {
      pairs_.push_back(connected());
      say(pairs_.back(), "x");
    }
  }

  std::vector<Pair> pairs_;
};

TEST_F(WaitTest, PollReportsSomeAndTheOthersNextTime) {
  four("wait only 1");
  std::vector<pollfd> entries;
  for (const Pair& pair : pairs_) {
    entries.push_back({.fd = pair.server.get(), .events = POLLIN, .revents = 0});
  }
  std::set<int> served;
  for (int turn = 0; turn < 4; ++turn) {
    // After three turns one is left, and that is not fewer.
    EXPECT_THAT(sys_->poll(entries.data(), entries.size(), 0), SysSucceedsWith(1));
    for (const pollfd& entry : entries) {
      if (entry.revents != 0) {
        served.insert(entry.fd);
        EXPECT_EQ(receive(entry.fd), "x");
      }
    }
  }
  EXPECT_EQ(served.size(), 4u);
  EXPECT_EQ(sys_->run().counts()[0].fired, 3u);
}

TEST_F(WaitTest, SelectReportsSomeAndTheOthersNextTime) {
  four("select only 3");
  fd_set reading;
  FD_ZERO(&reading);
  for (const Pair& pair : pairs_) {
    FD_SET(pair.server.get(), &reading);
  }
  fd_set writing = reading;
  timeval at_once{};
  EXPECT_THAT(sys_->select(FD_SETSIZE, &reading, &writing, nullptr, &at_once), SysSucceedsWith(3));
  EXPECT_EQ(WaitedFor(FD_SETSIZE, &reading, &writing, nullptr), 3u);
  EXPECT_THAT(sys_->run().records()[0].text(), HasSubstr("asked for 8, got 3 of 8 events"));
}

TEST_F(WaitTest, EpollReportsSomeAndTheOthersNextTimeEvenEdgeTriggered) {
  four("wait only 3");
  const UniqueFd epoll(kernel_, *sys_->epoll_create1(0));
  for (const Pair& pair : pairs_) {
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.fd = pair.server.get()}};
    EXPECT_THAT(sys_->epoll_ctl(epoll.get(), EPOLL_CTL_ADD, pair.server.get(), &event),
                SysSucceeds());
  }
  epoll_event events[8];
  EXPECT_THAT(sys_->epoll_wait(epoll.get(), events, 8, 0), SysSucceedsWith(3));
  EXPECT_THAT(sys_->epoll_wait(epoll.get(), events, 8, 0), SysSucceedsWith(1));
  EXPECT_THAT(sys_->epoll_wait(epoll.get(), events, 8, 0), SysSucceedsWith(0));
  EXPECT_EQ(sys_->run().counts()[0].fired, 1u);
}

TEST_F(WaitTest, ReorderedEventsAreTheSameEvents) {
  four("wait reordered");
  const UniqueFd epoll(kernel_, *sys_->epoll_create1(0));
  for (int i = 0; i < 4; ++i) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = i}};
    const int fd = pairs_[static_cast<size_t>(i)].server.get();
    EXPECT_THAT(sys_->epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event), SysSucceeds());
  }
  epoll_event real[8];
  epoll_event events[8];
  ASSERT_THAT(kernel_.epoll_wait(epoll.get(), real, 8, 0), SysSucceedsWith(4));
  // Level-triggered events are all reported again; the kernel moves those that it reported to the end.
  ASSERT_THAT(sys_->epoll_wait(epoll.get(), events, 8, 0), SysSucceedsWith(4));
  std::vector<int> order;
  for (int i = 0; i < 4; ++i) {
    order.push_back(events[i].data.fd);
  }
  EXPECT_THAT(order, UnorderedElementsAre(0, 1, 2, 3));
  EXPECT_NE(order,
            (std::vector<int>{real[0].data.fd, real[1].data.fd, real[2].data.fd, real[3].data.fd}));
}

TEST(ReorderTest, NeverKeepsTheOrder) {
  for (uint64_t chance = 0; chance < 200; ++chance) {
    for (int count = 2; count < 5; ++count) {
      epoll_event events[5];
      for (int i = 0; i < 5; ++i) {
        events[i].data.fd = i;
      }
      Reorder(events, count, chance);
      bool same = true;
      for (int i = 0; i < 5; ++i) {
        same = same && events[i].data.fd == i;
        EXPECT_TRUE(i < count || events[i].data.fd == i);
      }
      EXPECT_FALSE(same) << count << " events, chance " << chance;
    }
  }
}

TEST(KeepSomeTest, EveryReadyEntryHasItsChance) {
  std::set<int> kept;
  for (uint64_t chance = 0; chance < 200; ++chance) {
    pollfd entries[3] = {{0, POLLIN, POLLIN}, {1, POLLIN, 0}, {2, POLLIN, POLLIN | POLLHUP}};
    ASSERT_EQ(KeepSome(entries, 3, 1, chance), 1);
    EXPECT_EQ(entries[1].revents, 0);
    kept.insert(entries[0].revents != 0 ? 0 : 2);
  }
  EXPECT_THAT(kept, ElementsAre(0, 2));
}

}  // namespace
}  // namespace eagain::fault
