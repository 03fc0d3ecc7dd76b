// Calls that wait: what wakes them, and with what answer.
#include "contract_fixture.h"

namespace eagain {
namespace {

using testing::ElementsAre;

class BlockingContract : public ContractTest {
 protected:
  Pair blocking_pair() {
    Pair both = pair();
    EXPECT_THAT(sys.fcntl(both.server.get(), F_SETFL, 0), SysSucceeds());
    return both;
  }
};

TEST_P(BlockingContract, RecvWaitsForBytes) {
  Pair both = blocking_pair();
  SysResult<size_t> got = Fail(EPERM);
  kernel_->beside([&] { got = recv(both.server); });
  kernel_->until_beside_waits();
  ASSERT_THAT(send(both.client, "ping"), SysSucceedsWith(4u));
  kernel_->join();
  EXPECT_THAT(got, SysSucceedsWith(4u));
}

TEST_P(BlockingContract, RecvWaitsForTheEnd) {
  Pair both = blocking_pair();
  SysResult<size_t> got = Fail(EPERM);
  kernel_->beside([&] { got = recv(both.server); });
  kernel_->until_beside_waits();
  both.client.reset();
  kernel_->join();
  EXPECT_THAT(got, SysSucceedsWith(0u));
}

TEST_P(BlockingContract, RecvIsWokenByAReset) {
  Pair both = blocking_pair();
  SysResult<size_t> got = Fail(EPERM);
  kernel_->beside([&] { got = recv(both.server); });
  kernel_->until_beside_waits();
  reset(both.client);
  kernel_->join();
  EXPECT_THAT(got, SysFailsWith(ECONNRESET));
}

TEST_P(BlockingContract, RecvIsWokenByAShutdownHere) {
  Pair both = blocking_pair();
  SysResult<size_t> got = Fail(EPERM);
  kernel_->beside([&] { got = recv(both.server); });
  kernel_->until_beside_waits();
  ASSERT_THAT(sys.shutdown(both.server.get(), SHUT_RDWR), SysSucceeds());
  kernel_->join();
  EXPECT_THAT(got, SysSucceedsWith(0u));
}

TEST_P(BlockingContract, ABlockingSendSendsEverything) {
  Pair both = pair(true);
  ASSERT_THAT(sys.fcntl(both.server.get(), F_SETFL, 0), SysSucceeds());
  const std::string much(300'000, 'm');
  SysResult<size_t> sent = Fail(EPERM);
  kernel_->beside([&] { sent = send(both.server, much); });
  EXPECT_TRUE(drain(both.client, much.size()));
  kernel_->join();
  EXPECT_THAT(sent, SysSucceedsWith(much.size()));
}

TEST_P(BlockingContract, ABlockedSendIsEndedByAResetWithWhatItHad) {
  Pair both = pair(true);
  ASSERT_THAT(sys.fcntl(both.server.get(), F_SETFL, 0), SysSucceeds());
  const std::string much(8 * 1024 * 1024, 'm');
  SysResult<size_t> sent = Fail(EPERM);
  kernel_->beside([&] { sent = send(both.server, much); });
  kernel_->until_beside_waits();
  ASSERT_TRUE(becomes(both.client, EPOLLIN));
  reset(both.client);
  kernel_->join();
  if (sent.ok()) {
    EXPECT_LT(*sent, much.size());
    EXPECT_THAT(send(both.server, "x"), SysFailsWith(ECONNRESET));
  } else {
    EXPECT_EQ(sent.error(), ECONNRESET);
  }
}

TEST_P(BlockingContract, AcceptWaitsForAClient) {
  UniqueFd listener = listening(16, 0);
  SysResult<int> got = Fail(EPERM);
  kernel_->beside([&] { got = sys.accept4(listener.get(), nullptr, nullptr, 0); });
  kernel_->until_beside_waits();
  UniqueFd client = connected(port_of(listener));
  kernel_->join();
  UniqueFd server = own(got);
  EXPECT_TRUE(server);
}

TEST_P(BlockingContract, AcceptIsWokenByAShutdownOfTheListener) {
  UniqueFd listener = listening(16, 0);
  SysResult<int> got = Ok(0);
  kernel_->beside([&] { got = sys.accept4(listener.get(), nullptr, nullptr, 0); });
  kernel_->until_beside_waits();
  ASSERT_THAT(sys.shutdown(listener.get(), SHUT_RDWR), SysSucceeds());
  kernel_->join();
  EXPECT_THAT(got, SysFailsWith(EINVAL));
}

TEST_P(BlockingContract, EpollWaitIsWokenByANewcomerToTheSet) {
  UniqueFd ep = epoll();
  UniqueFd ready = own(sys.eventfd(1, 0));
  std::vector<Event> got;
  kernel_->beside([&] { got = events_soon(ep); });
  kernel_->until_beside_waits();
  add(ep, ready, EPOLLIN, 5);
  kernel_->join();
  EXPECT_THAT(got, ElementsAre(Event{5, EPOLLIN}));
}

TEST_P(BlockingContract, PollAndSelectAreWokenByAnEventfd) {
  UniqueFd fd = own(sys.eventfd(0, 0));
  SysResult<int> polled = Fail(EPERM);
  SysResult<int> selected = Fail(EPERM);
  kernel_->beside([&] {
    pollfd entry{fd.get(), POLLIN, 0};
    polled = sys.poll(&entry, 1, kPatienceMs);
    uint64_t taken = 0;
    EXPECT_THAT(sys.read(fd.get(), &taken, sizeof taken), SysSucceeds());
    fd_set read;
    FD_ZERO(&read);
    FD_SET(fd.get(), &read);
    timeval wait{10, 0};
    selected = sys.select(fd.get() + 1, &read, nullptr, nullptr, &wait);
  });
  uint64_t one = 1;
  kernel_->until_beside_waits();
  ASSERT_THAT(sys.write(fd.get(), &one, sizeof one), SysSucceeds());
  ASSERT_TRUE(ceases(fd, EPOLLIN));
  kernel_->until_beside_waits();
  ASSERT_THAT(sys.write(fd.get(), &one, sizeof one), SysSucceeds());
  kernel_->join();
  EXPECT_THAT(polled, SysSucceedsWith(1));
  EXPECT_THAT(selected, SysSucceedsWith(1));
}

EAGAIN_CONTRACT(BlockingContract);

}  // namespace
}  // namespace eagain
