// Faults over real sockets: that they happen, and that all that is seen afterwards agrees with them.
#include "eagain/fault/sys/fault_sys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <string>
#include <thread>

#include "loopback.h"

namespace eagain::fault {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

using FaultSysTest = LoopbackTest;

TEST_F(FaultSysTest, AShortSendReallySendsLess) {
  serve("send short 2 on client at 1");
  const Pair pair = connected();
  EXPECT_THAT(sys_->send(pair.server.get(), "hello", 5, MSG_NOSIGNAL), SysSucceedsWith(2));
  EXPECT_THAT(sys_->send(pair.server.get(), "llo", 3, MSG_NOSIGNAL), SysSucceedsWith(3));
  char buffer[16];
  EXPECT_THAT(kernel_.recv(pair.client.get(), buffer, 5, MSG_WAITALL), SysSucceedsWith(5));
  EXPECT_EQ(std::string(buffer, 5), "hello");
}

TEST_F(FaultSysTest, AShortReceiveLeavesTheRest) {
  serve("recv short 2 at 1");
  const Pair pair = connected();
  say(pair, "hello");
  EXPECT_EQ(receive(pair.server.get()), "he");
  EXPECT_EQ(receive(pair.server.get()), "llo");
}

TEST_F(FaultSysTest, ReadAndWriteAreOfTheFamilies) {
  serve("recv short 1; send short 1");
  const Pair pair = connected();
  say(pair, "hello");
  char buffer[8];
  EXPECT_THAT(sys_->read(pair.server.get(), buffer, sizeof buffer), SysSucceedsWith(1));
  EXPECT_THAT(sys_->write(pair.server.get(), "hello", 5), SysSucceedsWith(1));
}

TEST_F(FaultSysTest, AnEagainLosesNothing) {
  serve("recv EAGAIN at 1; send EAGAIN at 1");
  const Pair pair = connected();
  say(pair, "hello");
  EXPECT_EQ(receive(pair.server.get()), "EAGAIN");
  EXPECT_EQ(receive(pair.server.get()), "hello");
  EXPECT_THAT(sys_->send(pair.server.get(), "x", 1, 0), SysFailsWith(EAGAIN));
  EXPECT_THAT(sys_->send(pair.server.get(), "x", 1, 0), SysSucceedsWith(1));
}

TEST_F(FaultSysTest, ABlockingDescriptorHasNoEagain) {
  serve("recv EAGAIN at most 9 times");
  const Pair pair = connected(0);
  say(pair, "hello");
  EXPECT_EQ(receive(pair.server.get()), "hello");
  ASSERT_THAT(sys_->run().records(), SizeIs(1));
  EXPECT_EQ(sys_->run().records()[0].reason, "the descriptor is blocking");
}

TEST_F(FaultSysTest, NonBlockingIsLearnedFromFcntlAndFromMsgDontwait) {
  serve("recv EAGAIN from 1 to 2; recv EAGAIN from 4");
  const Pair pair = connected(0);
  say(pair, "hello");
  char buffer[8];
  EXPECT_THAT(sys_->recv(pair.server.get(), buffer, 8, MSG_DONTWAIT), SysFailsWith(EAGAIN));
  EXPECT_THAT(sys_->fcntl(pair.server.get(), F_SETFL, O_NONBLOCK), SysSucceeds());
  EXPECT_EQ(receive(pair.server.get()), "EAGAIN");
  EXPECT_THAT(sys_->fcntl(pair.server.get(), F_SETFL, 0), SysSucceeds());
  EXPECT_EQ(receive(pair.server.get()), "hello");
}

TEST_F(FaultSysTest, ACallThatIsShortByItselfIsNoFault) {
  serve("recv short 5 at most 1 times");
  const Pair pair = connected();
  EXPECT_EQ(receive(pair.server.get()), "EAGAIN");
  say(pair, "abc");
  EXPECT_EQ(receive(pair.server.get()), "abc");
  EXPECT_THAT(sys_->run().never_fired(), ElementsAre(0));
  EXPECT_EQ(sys_->run().counts()[0].idle, 2u);
  say(pair, "abcdef");
  EXPECT_EQ(receive(pair.server.get()), "abcde");
  EXPECT_THAT(sys_->run().never_fired(), testing::IsEmpty());
}

TEST_F(FaultSysTest, OtherDescriptorsAreLeftAlone) {
  serve("recv short 1; send EAGAIN at most 9 times");
  const UniqueFd event(kernel_, *sys_->eventfd(0, EFD_NONBLOCK));
  uint64_t value = 3;
  EXPECT_THAT(sys_->write(event.get(), &value, sizeof value), SysSucceedsWith(8));
  EXPECT_THAT(sys_->read(event.get(), &value, sizeof value), SysSucceedsWith(8));
}

TEST_F(FaultSysTest, DatagramsAreLeftAlone) {
  serve("recv short 1");
  const UniqueFd udp(kernel_, *sys_->socket(AF_INET, SOCK_DGRAM, 0));
  EXPECT_THAT(sys_->listen(udp.get(), 1), SysFailsWith(EOPNOTSUPP));
  EXPECT_EQ(sys_->run().counts()[0].seen, 0u);
}

TEST_F(FaultSysTest, NoRuleIsArmedBeforeTheServerListens) {
  serve("socket EMFILE; epoll_create1 EMFILE; bind EADDRINUSE at 2 from the start");
  EXPECT_THAT(sys_->socket(AF_INET, SOCK_STREAM, 0), SysFailsWith(EMFILE));
  EXPECT_THAT(sys_->epoll_create1(0), SysFailsWith(EMFILE));
  EXPECT_THAT(sys_->bind(listener_.get(), nullptr, 0), SysFailsWith(EADDRINUSE));
  EXPECT_EQ(sys_->run().counts()[2].seen, 2u);
}

TEST_F(FaultSysTest, ClientsAreNumberedInTheOrderOfAccept) {
  serve("recv ECONNRESET on client 2; accept ECONNABORTED at 1");
  const UniqueFd aborted = connect();
  EXPECT_THAT(accept(), SysFailsWith(ECONNABORTED));
  const Pair first = connected();
  const Pair second = connected();
  say(first, "a");
  say(second, "b");
  EXPECT_EQ(receive(first.server.get()), "a");
  EXPECT_EQ(receive(second.server.get()), "ECONNRESET");
  EXPECT_EQ(sys_->run().records()[1].event.connection, 2u);
}

TEST_F(FaultSysTest, ACopyOfADescriptorIsTheSameClient) {
  serve("recv short 1 on client 1");
  const Pair pair = connected();
  const UniqueFd copy(kernel_, *sys_->fcntl(pair.server.get(), F_DUPFD_CLOEXEC, 0));
  say(pair, "hello");
  EXPECT_EQ(receive(copy.get()), "h");
}

TEST_F(FaultSysTest, AClosedDescriptorIsForgotten) {
  serve("recv short 1");
  Pair pair = connected();
  const int number = pair.server.release();
  EXPECT_THAT(sys_->close(number), SysSucceeds());
  const UniqueFd event(kernel_, *sys_->eventfd(1, 0));
  ASSERT_EQ(event.get(), number);
  uint64_t value = 0;
  EXPECT_THAT(sys_->read(event.get(), &value, sizeof value), SysSucceedsWith(8));
}

// ---- accept

TEST_F(FaultSysTest, AnAbortedConnectionIsReallyConsumed) {
  serve("accept ECONNABORTED at 1");
  const UniqueFd aborted = connect();
  const UniqueFd next = connect();
  EXPECT_THAT(accept(), SysFailsWith(ECONNABORTED));
  EXPECT_NE(Await(aborted.get(), POLLIN), 0);
  char byte;
  EXPECT_THAT(kernel_.recv(aborted.get(), &byte, 1, 0), SysFailsWith(ECONNRESET));
  const UniqueFd accepted(kernel_, *accept());
  EXPECT_THAT(sys_->send(accepted.get(), "x", 1, 0), SysSucceeds());
  EXPECT_THAT(kernel_.recv(next.get(), &byte, 1, 0), SysSucceedsWith(1));
}

TEST_F(FaultSysTest, WithoutAPendingConnectionNothingIsAborted) {
  serve("accept ECONNABORTED once");
  EXPECT_THAT(accept(), SysFailsWith(EAGAIN));
  EXPECT_THAT(sys_->run().never_fired(), ElementsAre(0));
  const UniqueFd client = connect();
  EXPECT_THAT(accept(), SysFailsWith(ECONNABORTED));
}

TEST_F(FaultSysTest, EmfileLeavesTheConnectionPending) {
  serve("accept EMFILE from 1 to 2");
  const UniqueFd client = connect();
  EXPECT_THAT(accept(), SysFailsWith(EMFILE));
  EXPECT_THAT(accept(), SysFailsWith(EMFILE));
  EXPECT_THAT(UniqueFd(kernel_, *accept()).get(), testing::Ge(0));
}

// ---- connections that die

// What a program sees of a connection, call after call.
std::vector<std::string> Autopsy(Sys& sys, int fd, const std::string& calls) {
  std::vector<std::string> seen;
  for (const char call : calls) {
    char byte = 'x';
    const SysResult<size_t> got =
        call == 'r' ? sys.recv(fd, &byte, 1, 0) : sys.send(fd, &byte, 1, MSG_NOSIGNAL);
    seen.push_back(got.ok() ? std::to_string(*got) : ErrnoName(got.error()));
  }
  const SysResult<void> shut = sys.shutdown(fd, SHUT_WR);
  seen.push_back(shut.ok() ? "shut" : ErrnoName(shut.error()));
  seen.push_back(std::to_string(Await(fd, POLLIN | POLLOUT | POLLRDHUP)));
  return seen;
}

class ResetTest : public FaultSysTest, public testing::WithParamInterface<const char*> {};

TEST_P(ResetTest, CannotBeToldFromAResetOfThePeer) {
  const std::string calls = GetParam();
  serve(std::string(calls.starts_with("r") ? "recv" : "send") + " reset on client 1");
  const Pair faulty = connected();
  Pair real = connected();
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  EXPECT_THAT(
      kernel_.setsockopt(real.client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once),
      SysSucceeds());
  real.client.reset();
  EXPECT_NE(Await(real.server.get(), POLLIN) & POLLERR, 0);
  EXPECT_EQ(Autopsy(*sys_, faulty.server.get(), calls), Autopsy(kernel_, real.server.get(), calls));
  // And the peer learns of it.
  EXPECT_NE(Await(faulty.client.get(), POLLIN), 0);
  char byte;
  EXPECT_THAT(kernel_.recv(faulty.client.get(), &byte, 1, 0), SysFailsWith(ECONNRESET));
}

INSTANTIATE_TEST_SUITE_P(Calls, ResetTest,
                         testing::Values("r", "rr", "rs", "rsrs", "rrss", "s", "ss", "sr", "ssrr"));

TEST_F(FaultSysTest, AResetIsOneEdgeForWhoeverWaits) {
  serve("send reset");
  const Pair pair = connected();
  const UniqueFd epoll(kernel_, *sys_->epoll_create1(0));
  epoll_event event{.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data = {.fd = 7}};
  EXPECT_THAT(sys_->epoll_ctl(epoll.get(), EPOLL_CTL_ADD, pair.server.get(), &event),
              SysSucceeds());
  EXPECT_THAT(sys_->epoll_wait(epoll.get(), &event, 1, 0), SysSucceedsWith(0));
  EXPECT_THAT(sys_->send(pair.server.get(), "x", 1, MSG_NOSIGNAL), SysFailsWith(ECONNRESET));
  EXPECT_THAT(sys_->epoll_wait(epoll.get(), &event, 1, 0), SysSucceedsWith(1));
  EXPECT_NE(event.events & EPOLLHUP, 0u);
}

TEST_F(FaultSysTest, AnotherErrnoTakesThePlaceOfEconnreset) {
  serve("recv ETIMEDOUT on client 1; send EHOSTUNREACH on client 2; recv reset on client 3 at 2");
  const Pair first = connected();
  EXPECT_THAT(Autopsy(*sys_, first.server.get(), "r"),
              ElementsAre("ETIMEDOUT", "ENOTCONN", testing::_));
  const Pair second = connected();
  EXPECT_THAT(Autopsy(*sys_, second.server.get(), "sr"),
              ElementsAre("EHOSTUNREACH", "0", "ENOTCONN", testing::_));
  const Pair third = connected();
  say(third, "unread");
  EXPECT_THAT(Autopsy(*sys_, third.server.get(), "rrr"),
              ElementsAre("1", "ECONNRESET", "0", "ENOTCONN", testing::_));
}

volatile sig_atomic_t broken_pipes = 0;

TEST_F(FaultSysTest, EpipeBringsSigpipeUnlessAskedNotTo) {
  serve("send EPIPE on client 1 at 1; send EPIPE on client 2 at 1");
  struct sigaction before {};
  struct sigaction counting {};
  counting.sa_handler = [](int) { broken_pipes = broken_pipes + 1; };
  ASSERT_EQ(sigaction(SIGPIPE, &counting, &before), 0);
  const Pair quiet = connected();
  EXPECT_THAT(sys_->send(quiet.server.get(), "x", 1, MSG_NOSIGNAL), SysFailsWith(EPIPE));
  EXPECT_EQ(broken_pipes, 0);
  const Pair loud = connected();
  EXPECT_THAT(sys_->send(loud.server.get(), "x", 1, 0), SysFailsWith(EPIPE));
  EXPECT_EQ(broken_pipes, 1);
  EXPECT_EQ(receive(loud.server.get()), "");
  sigaction(SIGPIPE, &before, nullptr);
}

// ---- close

TEST_F(FaultSysTest, AFailedCloseClosesAllTheSame) {
  serve("close EINTR on client at 1; close EIO on listener");
  Pair pair = connected();
  const int number = pair.server.release();
  EXPECT_THAT(sys_->close(number), SysFailsWith(EINTR));
  EXPECT_THAT(kernel_.fcntl(number, F_GETFD, 0), SysFailsWith(EBADF));
  const int listener = listener_.release();
  EXPECT_THAT(sys_->close(listener), SysFailsWith(EIO));
  EXPECT_THAT(kernel_.fcntl(listener, F_GETFD, 0), SysFailsWith(EBADF));
}

// ---- signals

SignalHandlers None() { return {}; }
SignalHandlers Restarting() { return {.any = true, .interruptible = false}; }
SignalHandlers Interrupting() { return {.any = true, .interruptible = true}; }

TEST_F(FaultSysTest, BlockingCallsAreInterruptedOnlyByHandlersWithoutRestart) {
  serve("recv EINTR at most 1 times", {.run = {}, .handlers = Restarting});
  const Pair pair = connected(0);
  say(pair, "a");
  EXPECT_EQ(receive(pair.server.get()), "a");
  serve("recv EINTR at most 1 times", {.run = {}, .handlers = Interrupting});
  const Pair blocking = connected(0);
  say(blocking, "b");
  EXPECT_EQ(receive(blocking.server.get()), "EINTR");
  EXPECT_EQ(receive(blocking.server.get()), "b");
  serve("recv EINTR at most 1 times", {.run = {}, .handlers = Interrupting});
  EXPECT_EQ(receive(connected().server.get()), "EAGAIN");
}

TEST_F(FaultSysTest, HandlersOfThisProcessAreFound) {
  struct sigaction before {};
  struct sigaction action {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  EXPECT_TRUE(InstalledSignalHandlers().any);
  EXPECT_FALSE(InstalledSignalHandlers().interruptible);
  action.sa_flags = 0;
  ASSERT_EQ(sigaction(SIGUSR1, &action, nullptr), 0);
  EXPECT_TRUE(InstalledSignalHandlers().interruptible);
  ASSERT_EQ(sigaction(SIGUSR1, &before, nullptr), 0);
  EXPECT_FALSE(InstalledSignalHandlers().any);
}

TEST_F(FaultSysTest, WaitsAreInterruptedAndTheirEventsStay) {
  serve("wait EINTR at most 3 times", {.run = {}, .handlers = None});
  const UniqueFd client = connect();
  const UniqueFd epoll(kernel_, *sys_->epoll_create1(0));
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {}};
  EXPECT_THAT(sys_->epoll_ctl(epoll.get(), EPOLL_CTL_ADD, listener_.get(), &event), SysSucceeds());
  EXPECT_THAT(sys_->epoll_wait(epoll.get(), &event, 1, 0), SysFailsWith(EINTR));
  pollfd entry{.fd = listener_.get(), .events = POLLIN, .revents = 0};
  EXPECT_THAT(sys_->poll(&entry, 1, 0), SysSucceedsWith(1));  // no handler, no EINTR
  EXPECT_THAT(sys_->epoll_wait(epoll.get(), &event, 1, 0), SysFailsWith(EINTR));
  EXPECT_THAT(sys_->epoll_wait(epoll.get(), &event, 1, 0), SysFailsWith(EINTR));
  EXPECT_THAT(sys_->epoll_wait(epoll.get(), &event, 1, 0), SysSucceedsWith(1));
}

// ---- what is logged

TEST_F(FaultSysTest, TheLogSaysAllThatAReplayNeeds) {
  serve("seed 4; send short 3 on client at 2");
  const Pair pair = connected();
  EXPECT_THAT(sys_->send(pair.server.get(), "hello", 5, 0), SysSucceedsWith(5));
  EXPECT_THAT(sys_->send(pair.server.get(), "hello", 5, 0), SysSucceedsWith(3));
  ASSERT_THAT(sys_->run().records(), SizeIs(1));
  EXPECT_EQ(sys_->run().records()[0].text(),
            "fired: short 3: send on descriptor " + std::to_string(pair.server.get()) +
                " (client 1), asked for 5, got 3 bytes; rule: send short 3 on client at 2; replay: "
                "send short 3 on client at 2");
}

TEST_F(FaultSysTest, HostileFaultsNeedPermissionAndAreMarked) {
  serve("recv EAGAIN at 1; recv EBADF at 2",
        {.run = {.seed = {}, .hostile = true}, .handlers = None});
  const Pair pair = connected(0);
  say(pair, "hello");
  EXPECT_EQ(receive(pair.server.get()), "EAGAIN");
  EXPECT_EQ(receive(pair.server.get()), "EBADF");
  EXPECT_EQ(receive(pair.server.get()), "hello");
  for (const FaultRecord& record : sys_->run().records()) {
    EXPECT_TRUE(record.hostile) << record.text();
  }
}

TEST_F(FaultSysTest, ThreadsSendThroughOnePlan) {
  serve("send short 1 on client every 2");
  std::vector<Pair> pairs;
  for (int i = 0; i < 4; ++i) {
    pairs.push_back(connected());
  }
  std::vector<std::thread> threads;
  for (const Pair& pair : pairs) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        EXPECT_THAT(sys_->send(pair.server.get(), "ab", 2, 0), SysSucceeds());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(sys_->run().counts()[0].seen, 400u);
  EXPECT_EQ(sys_->run().counts()[0].fired, 200u);
}

}  // namespace
}  // namespace eagain::fault
