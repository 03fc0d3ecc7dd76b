// epoll, edge-triggered: what is an edge, and what is none.
#include "contract_fixture.h"

namespace eagain {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class EpollEdgeContract : public ContractTest {};

TEST_P(EpollEdgeContract, UndrainedBytesGiveNoSecondEdge) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN | EPOLLET, 1);
  ASSERT_THAT(send(both.client, "abcdef"), SysSucceedsWith(6u));
  ASSERT_TRUE(arrived(both.server, 6));
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN}));
  EXPECT_THAT(events_now(ep), IsEmpty());
  ASSERT_THAT(recv(both.server, 2), SysSucceedsWith(2u));
  EXPECT_THAT(events_now(ep), IsEmpty()) << "four bytes wait, and nothing says so again";
}

TEST_P(EpollEdgeContract, NewBytesAreANewEdgeDrainedOrNot) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN | EPOLLET, 1);
  ASSERT_THAT(send(both.client, "ab"), SysSucceedsWith(2u));
  ASSERT_TRUE(arrived(both.server, 2));
  ASSERT_THAT(events_now(ep), SizeIs(1));
  ASSERT_THAT(send(both.client, "cd"), SysSucceedsWith(2u));
  ASSERT_TRUE(arrived(both.server, 4));
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN}));
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollEdgeContract, ManyArrivalsBeforeTheWaitAreOneEvent) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN | EPOLLET, 1);
  ASSERT_THAT(send(both.client, "ab"), SysSucceedsWith(2u));
  ASSERT_TRUE(arrived(both.server, 2));
  ASSERT_THAT(send(both.client, "cd"), SysSucceedsWith(2u));
  ASSERT_TRUE(arrived(both.server, 4));
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN}));
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollEdgeContract, AnEdgeWhoseCauseIsGoneIsNotReported) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN | EPOLLET, 1);
  ASSERT_THAT(send(both.client, "ab"), SysSucceedsWith(2u));
  ASSERT_TRUE(arrived(both.server, 2));
  ASSERT_THAT(recv(both.server), SysSucceedsWith(2u));
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollEdgeContract, ModifyingRearms) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN | EPOLLET, 1);
  ASSERT_THAT(send(both.client, "ab"), SysSucceedsWith(2u));
  ASSERT_TRUE(arrived(both.server, 2));
  ASSERT_THAT(events_now(ep), SizeIs(1));
  ASSERT_THAT(events_now(ep), IsEmpty());
  ASSERT_THAT(ctl(ep, EPOLL_CTL_MOD, both.server.get(), EPOLLIN | EPOLLET, 2), SysSucceeds());
  EXPECT_THAT(events_now(ep), ElementsAre(Event{2, EPOLLIN}));
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollEdgeContract, AddingIsAnEdgeForWhatIsThere) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN | EPOLLOUT | EPOLLET, 1);
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLOUT}));
  EXPECT_THAT(events_now(ep), IsEmpty()) << "still writable, and no news";
}

TEST_P(EpollEdgeContract, AnEdgeReportsAllThatIsTrueThen) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 1);
  ASSERT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLOUT}));
  ASSERT_THAT(send(both.client, "ab"), SysSucceedsWith(2u));
  ASSERT_TRUE(arrived(both.server, 2));
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN | EPOLLOUT}));
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN | EPOLLOUT | EPOLLRDHUP}));
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollEdgeContract, TheEndIsAnEdgeOnceThoughItStays) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN | EPOLLET, 1);
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN}));
  EXPECT_THAT(recv(both.server), SysSucceedsWith(0u));
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollEdgeContract, RoomIsAnEdgeOnlyAfterThereWasNone) {
  UniqueFd ep = epoll();
  Pair both = pair(true);
  add(ep, both.client, EPOLLOUT | EPOLLET, 1);
  ASSERT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLOUT}));
  ASSERT_THAT(send(both.client, "x"), SysSucceedsWith(1u));
  ASSERT_TRUE(drain(both.server, 1));
  EXPECT_THAT(events_now(ep), IsEmpty()) << "it was writable all the while";
  const size_t count = fill(both.client, both.server);
  EXPECT_EQ(mask(both.client) & EPOLLOUT, 0u);
  ASSERT_TRUE(drain(both.server, count));
  EXPECT_THAT(events_soon(ep), ElementsAre(Event{1, EPOLLOUT}));
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollEdgeContract, AFullSocketIsNoEdgeUntilThereIsRoom) {
  UniqueFd ep = epoll();
  Pair both = pair(true);
  const size_t count = fill(both.client, both.server);
  add(ep, both.client, EPOLLOUT | EPOLLET, 1);
  EXPECT_THAT(events_now(ep), IsEmpty());
  ASSERT_TRUE(drain(both.server, count));
  EXPECT_THAT(events_soon(ep), ElementsAre(Event{1, EPOLLOUT}));
}

TEST_P(EpollEdgeContract, EveryNewcomerIsAnEdgeAndNoMoreThanThat) {
  UniqueFd ep = epoll();
  UniqueFd listener = listening();
  add(ep, listener, EPOLLIN | EPOLLET, 1);
  UniqueFd one = connected(port_of(listener));
  UniqueFd two = connected(port_of(listener));
  EXPECT_THAT(events_soon(ep), ElementsAre(Event{1, EPOLLIN}));
  ASSERT_TRUE(becomes(two, EPOLLOUT));
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  UniqueFd first = own(sys.accept4(listener.get(), nullptr, nullptr, 0));
  EXPECT_THAT(events_now(ep), testing::AnyOf(IsEmpty(), SizeIs(1)))
      << "the second newcomer may have been a second edge";
  EXPECT_THAT(events_now(ep), IsEmpty()) << "one still waits, and nothing says so again";
  UniqueFd three = connected(port_of(listener));
  EXPECT_THAT(events_soon(ep), ElementsAre(Event{1, EPOLLIN}));
}

TEST_P(EpollEdgeContract, AResetIsAnEdge) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, 1);
  ASSERT_THAT(events_now(ep), SizeIs(1));
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_THAT(events_now(ep),
              ElementsAre(Event{1, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLERR | EPOLLHUP}));
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollEdgeContract, TheHangupAfterBothHalvesIsAnEdgeOfItsOwn) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLRDHUP | EPOLLET, 1);
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  EXPECT_THAT(events_soon(ep), ElementsAre(Event{1, EPOLLRDHUP}));
  ASSERT_THAT(sys.shutdown(both.server.get(), SHUT_WR), SysSucceeds());
  EXPECT_THAT(events_soon(ep), ElementsAre(Event{1, EPOLLRDHUP | EPOLLHUP}));
}

TEST_P(EpollEdgeContract, AClosedDescriptorWithADuplicateStillHasItsEdges) {
  UniqueFd ep = epoll();
  Pair both = pair();
  UniqueFd again = own(sys.fcntl(both.server.get(), F_DUPFD, 0));
  add(ep, both.server, EPOLLIN | EPOLLET, 1);
  both.server.reset();
  ASSERT_THAT(send(both.client, "ab"), SysSucceedsWith(2u));
  ASSERT_TRUE(arrived(again, 2));
  EXPECT_THAT(events_soon(ep), ElementsAre(Event{1, EPOLLIN}));
  EXPECT_THAT(events_now(ep), IsEmpty());
  again.reset();
  EXPECT_THAT(events_now(ep), IsEmpty());
}

TEST_P(EpollEdgeContract, ModifyingRearmsRoomToo) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLOUT | EPOLLET, 1);
  ASSERT_THAT(events_now(ep), SizeIs(1));
  ASSERT_THAT(events_now(ep), IsEmpty());
  ASSERT_THAT(ctl(ep, EPOLL_CTL_MOD, both.server.get(), EPOLLOUT | EPOLLET, 2), SysSucceeds());
  EXPECT_THAT(events_now(ep), ElementsAre(Event{2, EPOLLOUT}));
}

TEST_P(EpollEdgeContract, ShuttingDownHereIsAnEdgeHere) {
  UniqueFd ep = epoll();
  Pair both = pair();
  add(ep, both.server, EPOLLIN | EPOLLRDHUP | EPOLLET, 1);
  ASSERT_THAT(events_now(ep), IsEmpty());
  ASSERT_THAT(sys.shutdown(both.server.get(), SHUT_RD), SysSucceeds());
  EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN | EPOLLRDHUP}));
}

TEST_P(EpollEdgeContract, ASmallBatchKeepsTheOtherEdges) {
  UniqueFd ep = epoll();
  std::vector<UniqueFd> counters;
  for (int i = 0; i < 5; ++i) {
    counters.push_back(own(sys.eventfd(1, EFD_NONBLOCK)));
    add(ep, counters.back(), EPOLLIN | EPOLLET, i);
  }
  std::vector<int> seen(5, 0);
  for (int turn = 0; turn < 3; ++turn) {
    for (const Event& event : events_now(ep, 2)) {
      ++seen[static_cast<size_t>(event.data)];
    }
  }
  EXPECT_THAT(seen, testing::Each(1));
  EXPECT_THAT(events_now(ep, 2), IsEmpty());
}

TEST_P(EpollEdgeContract, EachWriteToACounterIsAnEdge) {
  UniqueFd ep = epoll();
  UniqueFd counter = own(sys.eventfd(0, EFD_NONBLOCK));
  add(ep, counter, EPOLLIN | EPOLLET, 1);
  uint64_t one = 1;
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(sys.write(counter.get(), &one, sizeof one), SysSucceedsWith(8u));
    EXPECT_THAT(events_now(ep), ElementsAre(Event{1, EPOLLIN}));
    EXPECT_THAT(events_now(ep), IsEmpty());
  }
}

EAGAIN_CONTRACT(EpollEdgeContract);

}  // namespace
}  // namespace eagain
