// epoll, level-triggered: the set, the errors, what is reported and for how long.
#include "contract_fixture.h"

namespace eagain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class EpollContract : public ContractTest {};

TEST_P(EpollContract, TheSetHasItsErrors) {
  UniqueFd ep = epoll();
  UniqueFd fd = own(sys.eventfd(0, 0));
  EXPECT_THAT(ctl(ep, EPOLL_CTL_MOD, fd.get(), EPOLLIN, 1), SysFailsWith(ENOENT));
  EXPECT_THAT(ctl(ep, EPOLL_CTL_DEL, fd.get(), EPOLLIN, 1), SysFailsWith(ENOENT));
  EXPECT_THAT(ctl(ep, EPOLL_CTL_ADD, fd.get(), EPOLLIN, 1), SysSucceeds());
  EXPECT_THAT(ctl(ep, EPOLL_CTL_ADD, fd.get(), EPOLLIN, 1), SysFailsWith(EEXIST));
  EXPECT_THAT(ctl(ep, EPOLL_CTL_ADD, ep.get(), EPOLLIN, 1), SysFailsWith(EINVAL));
  EXPECT_THAT(ctl(ep, 99, fd.get(), EPOLLIN, 1), SysFailsWith(EINVAL));
  EXPECT_THAT(ctl(fd, EPOLL_CTL_ADD, ep.get(), EPOLLIN, 1), SysFailsWith(EINVAL));
  EXPECT_THAT(ctl(ep, EPOLL_CTL_DEL, fd.get(), 0, 1), SysSucceeds());
  EXPECT_THAT(sys.epoll_ctl(ep.get(), EPOLL_CTL_DEL, fd.get(), nullptr), SysFailsWith(ENOENT));
  EXPECT_THAT(ctl(ep, EPOLL_CTL_ADD, fd.get(), EPOLLIN, 1), SysSucceeds());
  EXPECT_THAT(sys.epoll_ctl(ep.get(), EPOLL_CTL_DEL, fd.get(), nullptr), SysSucceeds());
}

TEST_P(EpollContract, WaitHasItsErrors) {
  UniqueFd ep = epoll();
  UniqueFd fd = own(sys.eventfd(0, 0));
  epoll_event event{};
  EXPECT_THAT(sys.epoll_wait(ep.get(), &event, 0, 0), SysFailsWith(EINVAL));
  EXPECT_THAT(sys.epoll_wait(ep.get(), &event, -1, 0), SysFailsWith(EINVAL));
  EXPECT_THAT(sys.epoll_wait(fd.get(), &event, 1, 0), SysFailsWith(EINVAL));
  EXPECT_THAT(sys.epoll_create1(12345), SysFailsWith(EINVAL));
}

TEST_P(EpollContract, ALevelIsReportedUntilItIsGone) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN, 7);
  EXPECT_THAT(events_now(ep), IsEmpty());
  ASSERT_THAT(send(both.client, "ping"), SysSucceedsWith(4u));
  EXPECT_THAT(events_soon(ep), ElementsAre(Event{7, EPOLLIN}));
  EXPECT_THAT(events_now(ep), ElementsAre(Event{7, EPOLLIN}));
  ASSERT_TRUE(arrived(both.server, 4));
  ASSERT_THAT(recv(both.server, 2), SysSucceedsWith(2u));
  EXPECT_THAT(events_now(ep), ElementsAre(Event{7, EPOLLIN}));
  ASSERT_THAT(recv(both.server), SysSucceedsWith(2u));
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollContract, WhatWasThereBeforeItWasAddedIsReported) {
  UniqueFd ep = epoll();
  Pair both = pair();
  ASSERT_THAT(send(both.client, "x"), SysSucceedsWith(1u));
  ASSERT_TRUE(arrived(both.server, 1));
  add(ep, both.server, EPOLLIN, 1);
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN}));
}

TEST_P(EpollContract, OnlyWhatIsAskedForIsReported) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLOUT, 1);
  ASSERT_THAT(send(both.client, "x"), SysSucceedsWith(1u));
  ASSERT_TRUE(arrived(both.server, 1));
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLOUT}));
  ASSERT_THAT(ctl(ep, EPOLL_CTL_MOD, both.server.get(), EPOLLIN | EPOLLOUT, 2), SysSucceeds());
  EXPECT_THAT(events_now(ep), ElementsAre(Event{2, EPOLLIN | EPOLLOUT}));
  ASSERT_THAT(ctl(ep, EPOLL_CTL_MOD, both.server.get(), 0, 3), SysSucceeds());
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollContract, TheEndOfTheStreamIsReadableAndRdhupOnlyIfAsked) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN, 1);
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  EXPECT_THAT(events_soon(ep), ElementsAre(Event{1, EPOLLIN}));
  ASSERT_THAT(ctl(ep, EPOLL_CTL_MOD, both.server.get(), EPOLLIN | EPOLLRDHUP, 1), SysSucceeds());
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN | EPOLLRDHUP}));
}

TEST_P(EpollContract, HangupAndErrorAreReportedUnasked) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, 0, 1);
  EXPECT_THAT(events_now(ep), IsEmpty());
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLERR | EPOLLHUP}));
  EXPECT_THAT(recv(both.server), SysFailsWith(ECONNRESET));
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLHUP})) << "for as long as it is kept";
}

TEST_P(EpollContract, AResetIsEverythingAtOnce) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN | EPOLLOUT | EPOLLRDHUP, 1);
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_THAT(events_now(ep),
              ElementsAre(Event{1, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLERR | EPOLLHUP}));
}

TEST_P(EpollContract, ASmallBatchTakesTurns) {
  UniqueFd ep = epoll();
  std::vector<UniqueFd> counters;
  for (int i = 0; i < 5; ++i) {
    counters.push_back(own(sys.eventfd(1, EFD_NONBLOCK)));
    add(ep, counters.back(), EPOLLIN, i);
  }
  std::vector<int> seen(5, 0);
  for (int turn = 0; turn < 5; ++turn) {
    std::vector<Event> batch = events_now(ep, 2);
    ASSERT_THAT(batch, SizeIs(2));
    for (const Event& event : batch) {
      ++seen[static_cast<size_t>(event.data)];
    }
  }
  EXPECT_THAT(seen, testing::Each(2)) << "no ready descriptor is passed over for ever";
}

TEST_P(EpollContract, AClosedDescriptorLeavesTheSet) {
  UniqueFd ep = epoll();
  UniqueFd fd = own(sys.eventfd(1, 0));
  add(ep, fd, EPOLLIN, 1);
  EXPECT_THAT(events_now(ep), SizeIs(1));
  const int number = fd.get();
  fd.reset();
  EXPECT_THAT(events_now(ep), IsEmpty());
  UniqueFd next = own(sys.eventfd(1, 0));
  ASSERT_EQ(next.get(), number);
  EXPECT_THAT(events_now(ep), IsEmpty()) << "a successor at the number is somebody else";
  EXPECT_THAT(ctl(ep, EPOLL_CTL_MOD, next.get(), EPOLLIN, 1), SysFailsWith(ENOENT));
  EXPECT_THAT(ctl(ep, EPOLL_CTL_ADD, next.get(), EPOLLIN, 2), SysSucceeds());
  EXPECT_THAT(events_now(ep), ElementsAre(Event{2, EPOLLIN}));
}

TEST_P(EpollContract, AClosedDescriptorWithADuplicateStaysInTheSet) {
  UniqueFd ep = epoll();
  UniqueFd fd = own(sys.eventfd(1, 0));
  UniqueFd again = own(sys.fcntl(fd.get(), F_DUPFD, 0));
  add(ep, fd, EPOLLIN, 1);
  const int number = fd.get();
  fd.reset();
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN})) << "a well-known trap";
  EXPECT_THAT(ctl(ep, EPOLL_CTL_DEL, number, 0, 1), SysFailsWith(EBADF)) << "and no way out of it";
  UniqueFd successor = own(sys.eventfd(0, 0));
  ASSERT_EQ(successor.get(), number);
  add(ep, successor, EPOLLIN, 2);
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN})) << "two entries for one number";
  again.reset();
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollContract, ADuplicateCanBeInTheSetBesideItsOriginal) {
  UniqueFd ep = epoll();
  UniqueFd fd = own(sys.eventfd(1, 0));
  UniqueFd again = own(sys.fcntl(fd.get(), F_DUPFD, 0));
  add(ep, fd, EPOLLIN, 1);
  add(ep, again, EPOLLIN, 2);
  EXPECT_THAT(events_now(ep), UnorderedElementsAre(Event{1, EPOLLIN}, Event{2, EPOLLIN}));
}

TEST_P(EpollContract, WhatWasClosedInTheBatchIsStillInTheBatch) {
  UniqueFd ep = epoll();
  UniqueFd one = own(sys.eventfd(1, 0));
  UniqueFd two = own(sys.eventfd(1, 0));
  add(ep, one, EPOLLIN, one.get());
  add(ep, two, EPOLLIN, two.get());
  std::vector<Event> batch = events_now(ep);
  ASSERT_THAT(batch, SizeIs(2));
  one.reset();
  two.reset();
  char bytes[8];
  EXPECT_THAT(sys.read(batch[0].data, bytes, sizeof bytes), SysFailsWith(EBADF));
  EXPECT_THAT(sys.read(batch[1].data, bytes, sizeof bytes), SysFailsWith(EBADF));
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollContract, WhatIsClosedBeforeItsTurnInALaterBatchIsNeverReported) {
  UniqueFd ep = epoll();
  UniqueFd one = own(sys.eventfd(1, 0));
  UniqueFd two = own(sys.eventfd(1, 0));
  add(ep, one, EPOLLIN, 1);
  add(ep, two, EPOLLIN, 2);
  std::vector<Event> first = events_now(ep, 1);
  ASSERT_THAT(first, SizeIs(1));
  (first[0].data == 1 ? two : one).reset();
  EXPECT_THAT(events_now(ep), ElementsAre(first[0]));
}

TEST_P(EpollContract, AnEventOfAClosedDescriptorMeetsWhoHasItsNumberNow) {
  UniqueFd ep = epoll();
  UniqueFd old = own(sys.eventfd(1, EFD_NONBLOCK));
  add(ep, old, EPOLLIN, old.get());
  std::vector<Event> batch = events_now(ep);
  ASSERT_THAT(batch, SizeIs(1));
  old.reset();
  UniqueFd successor = own(sys.eventfd(0, EFD_NONBLOCK));
  ASSERT_EQ(successor.get(), batch[0].data);
  uint64_t count = 0;
  EXPECT_THAT(sys.read(batch[0].data, &count, sizeof count), SysFailsWith(EAGAIN))
      << "the event was another's";
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollContract, OneshotIsDisarmedUntilModified) {
  UniqueFd ep = epoll();
  UniqueFd fd = own(sys.eventfd(1, 0));
  add(ep, fd, EPOLLIN | EPOLLONESHOT, 1);
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN}));
  EXPECT_THAT(events_now(ep), IsEmpty());
  uint64_t one = 1;
  ASSERT_THAT(sys.write(fd.get(), &one, sizeof one), SysSucceeds());
  EXPECT_THAT(events_now(ep), IsEmpty());
  ASSERT_THAT(ctl(ep, EPOLL_CTL_MOD, fd.get(), EPOLLIN | EPOLLONESHOT, 1), SysSucceeds());
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN}));
}

TEST_P(EpollContract, ATimeoutIsWaitedOut) {
  UniqueFd ep = epoll();
  timespec before{};
  timespec after{};
  epoll_event event{};
  ASSERT_THAT(sys.clock_gettime(CLOCK_MONOTONIC, &before), SysSucceeds());
  EXPECT_THAT(sys.epoll_wait(ep.get(), &event, 1, 20), SysSucceedsWith(0));
  ASSERT_THAT(sys.clock_gettime(CLOCK_MONOTONIC, &after), SysSucceeds());
  EXPECT_GE((after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec,
            20'000'000);
}

TEST_P(EpollContract, AnEpollIsReadableWhileItHasSomethingReady) {
  UniqueFd ep = epoll();
  UniqueFd fd = own(sys.eventfd(0, 0));
  add(ep, fd, EPOLLIN, 1);
  EXPECT_EQ(mask(ep), 0u);
  uint64_t one = 1;
  ASSERT_THAT(sys.write(fd.get(), &one, sizeof one), SysSucceeds());
  EXPECT_EQ(mask(ep), uint32_t{EPOLLIN});
}

TEST_P(EpollContract, AListenerIsReadableWhileSomebodyWaits) {
  UniqueFd ep = epoll();
  UniqueFd listener = listening();
  add(ep, listener, EPOLLIN | EPOLLOUT, 1);
  EXPECT_THAT(events_now(ep), IsEmpty());
  UniqueFd one = connected(port_of(listener));
  UniqueFd two = connected(port_of(listener));
  EXPECT_THAT(events_soon(ep), ElementsAre(Event{1, EPOLLIN}));
  UniqueFd first = own(sys.accept4(listener.get(), nullptr, nullptr, 0));
  EXPECT_THAT(events_soon(ep), ElementsAre(Event{1, EPOLLIN}));
  UniqueFd second = own(sys.accept4(listener.get(), nullptr, nullptr, 0));
  EXPECT_THAT(events_now(ep), IsEmpty());
}

EAGAIN_CONTRACT(EpollContract);

}  // namespace
}  // namespace eagain
