// select and poll, and that all three ways of asking agree.
#include "contract_fixture.h"

namespace eagain {
namespace {

class ReadinessContract : public ContractTest {
 protected:
  struct Selected {
    bool read, write, except;
    bool operator==(const Selected&) const = default;
  };
  Selected select_now(const UniqueFd& fd) {
    fd_set read, write, except;
    FD_ZERO(&read);
    FD_ZERO(&write);
    FD_ZERO(&except);
    FD_SET(fd.get(), &read);
    FD_SET(fd.get(), &write);
    FD_SET(fd.get(), &except);
    timeval now{0, 0};
    SysResult<int> count = sys.select(fd.get() + 1, &read, &write, &except, &now);
    Selected found{FD_ISSET(fd.get(), &read) != 0, FD_ISSET(fd.get(), &write) != 0,
                   FD_ISSET(fd.get(), &except) != 0};
    EXPECT_THAT(count, SysSucceedsWith(found.read + found.write + found.except));
    return found;
  }
  uint32_t epoll_mask(const UniqueFd& fd) {
    UniqueFd ep = epoll();
    add(ep, fd, kEverything, 1);
    std::vector<Event> found = events_now(ep);
    return found.empty() ? 0 : found[0].events;
  }
  void expect_agreement(const UniqueFd& fd, const char* what) {
    const uint32_t now = mask(fd);
    EXPECT_EQ(EventNames(epoll_mask(fd)), EventNames(now)) << what;
    EXPECT_EQ(select_now(fd), (Selected{(now & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0,
                                        (now & (EPOLLOUT | EPOLLERR)) != 0, false}))
        << what << ": " << EventNames(now);
  }
};

TEST_P(ReadinessContract, AllThreeAgree) {
  Pair both = pair();
  expect_agreement(both.server, "connected, quiet");
  ASSERT_THAT(send(both.client, "x"), SysSucceedsWith(1u));
  ASSERT_TRUE(arrived(both.server, 1));
  expect_agreement(both.server, "a byte waits");
  ASSERT_THAT(sys.shutdown(both.client.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(becomes(both.server, EPOLLRDHUP));
  expect_agreement(both.server, "the other end half-closed");
  ASSERT_THAT(recv(both.server), SysSucceedsWith(1u));
  expect_agreement(both.server, "and everything is read");
  ASSERT_THAT(sys.shutdown(both.server.get(), SHUT_WR), SysSucceeds());
  ASSERT_TRUE(becomes(both.server, EPOLLHUP));
  expect_agreement(both.server, "both ends half-closed");
}

TEST_P(ReadinessContract, AllThreeAgreeOnWhatIsFullOrDeadOrUnconnected) {
  Pair full = pair(true);
  fill(full.client, full.server);
  expect_agreement(full.client, "full");
  reset(full.server);
  ASSERT_TRUE(becomes(full.client, EPOLLERR));
  expect_agreement(full.client, "reset");
  UniqueFd listener = listening();
  expect_agreement(listener, "a listener, nobody waits");
  UniqueFd client = connected(port_of(listener));
  ASSERT_TRUE(becomes(listener, EPOLLIN));
  expect_agreement(listener, "a listener, one waits");
  UniqueFd fresh = own(sys.socket(AF_INET, SOCK_STREAM, 0));
  expect_agreement(fresh, "a fresh socket");
  UniqueFd counter = own(sys.eventfd(0, 0));
  expect_agreement(counter, "a counter at 0");
  UniqueFd counted = own(sys.eventfd(3, 0));
  expect_agreement(counted, "a counter at 3");
}

TEST_P(ReadinessContract, PollReportsOnlyWhatIsAskedAndErrorsUnasked) {
  Pair both = pair();
  ASSERT_THAT(send(both.client, "x"), SysSucceedsWith(1u));
  ASSERT_TRUE(arrived(both.server, 1));
  pollfd entries[2] = {{both.server.get(), POLLOUT, 0}, {both.server.get(), 0, 0}};
  EXPECT_THAT(sys.poll(entries, 2, 0), SysSucceedsWith(1));
  EXPECT_EQ(entries[0].revents, POLLOUT);
  EXPECT_EQ(entries[1].revents, 0);
  reset(both.client);
  ASSERT_TRUE(becomes(both.server, EPOLLERR));
  EXPECT_THAT(sys.poll(entries, 2, 0), SysSucceedsWith(2));
  EXPECT_EQ(entries[0].revents, POLLOUT | POLLERR | POLLHUP);
  EXPECT_EQ(entries[1].revents, POLLERR | POLLHUP);
}

TEST_P(ReadinessContract, PollSaysNvalForAClosedDescriptorAndSkipsNegativeOnes) {
  UniqueFd fd = own(sys.eventfd(1, 0));
  const int closed = own(sys.eventfd(0, 0)).get();
  pollfd entries[3] = {{closed, POLLIN, 0}, {-1, POLLIN, 99}, {fd.get(), POLLIN, 0}};
  EXPECT_THAT(sys.poll(entries, 3, 0), SysSucceedsWith(2));
  EXPECT_EQ(entries[0].revents, POLLNVAL);
  EXPECT_EQ(entries[1].revents, 0);
  EXPECT_EQ(entries[2].revents, POLLIN);
}

TEST_P(ReadinessContract, SelectFailsWithEbadfForAClosedDescriptor) {
  UniqueFd open = own(sys.eventfd(1, 0));
  const int closed = own(sys.eventfd(0, 0)).get();
  fd_set read;
  FD_ZERO(&read);
  FD_SET(closed, &read);
  timeval now{0, 0};
  EXPECT_THAT(sys.select(closed + 1, &read, nullptr, nullptr, &now), SysFailsWith(EBADF));
  EXPECT_TRUE(FD_ISSET(closed, &read)) << "the sets are left as they were";
}

TEST_P(ReadinessContract, SelectLooksBelowNfdsOnlyAndClearsWhatIsNotReady) {
  UniqueFd ready = own(sys.eventfd(1, 0));
  UniqueFd idle = own(sys.eventfd(0, 0));
  fd_set read;
  FD_ZERO(&read);
  FD_SET(ready.get(), &read);
  FD_SET(idle.get(), &read);
  timeval now{0, 0};
  EXPECT_THAT(sys.select(idle.get() + 1, &read, nullptr, nullptr, &now), SysSucceedsWith(1));
  EXPECT_TRUE(FD_ISSET(ready.get(), &read));
  EXPECT_FALSE(FD_ISSET(idle.get(), &read));
  EXPECT_THAT(sys.select(ready.get(), &read, nullptr, nullptr, &now), SysSucceedsWith(0));
}

TEST_P(ReadinessContract, BadArgumentsAreEinval) {
  timeval now{0, 0};
  EXPECT_THAT(sys.select(-1, nullptr, nullptr, nullptr, &now), SysFailsWith(EINVAL));
  timeval negative{-1, 0};
  EXPECT_THAT(sys.select(0, nullptr, nullptr, nullptr, &negative), SysFailsWith(EINVAL));
  EXPECT_THAT(sys.poll(nullptr, 0, 0), SysSucceedsWith(0));
}

TEST_P(ReadinessContract, WithNothingToWaitForOnlyTheTimeIsWaited) {
  timespec before{};
  timespec after{};
  timeval wait{0, 10'000};
  ASSERT_THAT(sys.clock_gettime(CLOCK_MONOTONIC, &before), SysSucceeds());
  EXPECT_THAT(sys.select(0, nullptr, nullptr, nullptr, &wait), SysSucceedsWith(0));
  EXPECT_THAT(sys.poll(nullptr, 0, 10), SysSucceedsWith(0));
  timespec sleep{0, 10'000'000};
  EXPECT_THAT(sys.nanosleep(&sleep, nullptr), SysSucceeds());
  ASSERT_THAT(sys.clock_gettime(CLOCK_MONOTONIC, &after), SysSucceeds());
  EXPECT_GE((after.tv_sec - before.tv_sec) * 1'000'000'000 + after.tv_nsec - before.tv_nsec,
            30'000'000);
  timespec bad{0, 1'000'000'000};
  EXPECT_THAT(sys.nanosleep(&bad, nullptr), SysFailsWith(EINVAL));
}

EAGAIN_CONTRACT(ReadinessContract);

}  // namespace
}  // namespace eagain
