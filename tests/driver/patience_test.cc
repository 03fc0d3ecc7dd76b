// Patience against real servers that sleep, work, tick, spin, are starved or stopped.
#include "eagain/driver/patience.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "eagain/driver/proc_stats.h"
#include "fixture.h"
#include "neighbours.h"

namespace eagain::driver {
namespace {

using std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Patience is short here, so that what must not be found is not found for want of time: every
// server that is in the right takes several times as long as these.
constexpr PatienceLimits kShort{.quiet = Milliseconds(200),
                                .busy = Milliseconds(600),
                                .unfair = Milliseconds(1500),
                                .scale = 1.0};

class PatienceTest : public DriverTest {
 protected:
  explicit PatienceTest(const PatienceLimits& limits = kShort) : DriverTest(limits) {}

  // The start is not what is tested: it gets its usual time.
  void start_patiently(std::string_view lines) {
    launch(python(lines));
    Patience usual(io_, {});
    run([&] { return server().wait_until_listening(usual); });
    patience_.observe(&server());
  }
  // Waits for what never comes; answers why it was given up.
  std::string stall() {
    std::string why;
    run([&]() -> asio::awaitable<void> {
      const bool held = co_await patience_.until([] { return false; }, &why);
      EXPECT_FALSE(held);
    });
    return why;
  }
  asio::awaitable<void> real_time(Milliseconds time) {
    asio::steady_timer timer(io_, time);
    co_await timer.async_wait(asio::use_awaitable);
  }
};

// Accepts, and then does what `body` says with each client.
std::string Serving(std::string_view body) {
  return R"(
import socket, sys, time
s = socket.create_server(('127.0.0.1', int(sys.argv[1])))
def work(seconds):  # of CPU
    end = time.thread_time() + seconds
    while time.thread_time() < end: pass
while True:
    c, _ = s.accept()
    )" + std::string(body);
}

TEST_F(PatienceTest, AServerThatSleepsIsFoundWithTheCallItSleepsIn) {
  start_patiently(Serving("c.recv(1); time.sleep(60)"));
  EXPECT_THAT(stall(), AllOf(HasSubstr("nothing moved for"), HasSubstr("sleeps in accept(3)")));
}

TEST_F(PatienceTest, ConnectionsThatWaitAreCounted) {
  start_patiently(Serving("time.sleep(60)"));
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    Peer two = co_await connect();
    Peer three = co_await connect();
    std::string why;
    co_await patience_.until([] { return false; }, &why);
    EXPECT_THAT(why, AllOf(HasSubstr("sleeps in nanosleep"),
                           HasSubstr("2 connections wait to be accepted")));
  });
}

TEST_F(PatienceTest, BytesThatTheServerHasNotReadAreCountedAndThoseThatItHasAreNot) {
  start_patiently(Serving("c.recv(4); time.sleep(60)"));
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    std::string why;
    co_await one.send("read");
    co_await patience_.until([] { return false; }, &why);
    EXPECT_THAT(why, Not(HasSubstr("to be read")));
    co_await one.send("unread");
    one.half_close();
    co_await patience_.until([] { return false; }, &why);
    EXPECT_THAT(why, HasSubstr("sleeps in nanosleep; 6 bytes wait to be read"));
  });
}

TEST_F(PatienceTest, AServerThatSpinsIsFoundByItsCpu) {
  start_patiently(Serving("work(60)"));
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    std::string why;
    co_await patience_.until([] { return false; }, &why);
    EXPECT_THAT(why, HasSubstr("of CPU"));
  });
}

TEST_F(PatienceTest, AServerThatHasEndedIsFound) {
  launch(shell("exit 4"));
  output_at_end();
  EXPECT_THAT(stall(), HasSubstr("the server has ended: exit status 4"));
}

TEST_F(PatienceTest, AServerThatWorksLongerThanASleepIsAllowedIsNotFound) {
  start_patiently(Serving("c.recv(1); work(0.4); c.send(b'x')"));
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    co_await one.round_trip("x");
  });
}

TEST_F(PatienceTest, AStarvedServerIsNotFound) {
  start_patiently(Serving("\n    while c.recv(1): work(0.004); c.send(b'x')"));
  const int cpu = LastCpu();
  Starve(server().pid(), cpu);
  const Neighbours neighbours(12, cpu);
  auto longest = steady_clock::duration::zero();
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    const auto end = steady_clock::now() + std::chrono::seconds(30);
    // Until an answer took three times what a sleeping server is allowed.
    while (longest < 3 * kShort.quiet && steady_clock::now() < end) {
      const auto from = steady_clock::now();
      co_await one.round_trip("x");
      longest = std::max(longest, steady_clock::now() - from);
    }
  });
  if (longest < 3 * kShort.quiet) {
    GTEST_SKIP() << "this machine did not starve the server";
  }
}

TEST_F(PatienceTest, AServerThatSleepsIsFoundBesideBusyNeighboursToo) {
  start_patiently(Serving("time.sleep(60)"));
  const int cpu = LastCpu();
  Starve(server().pid(), cpu);
  const Neighbours neighbours(12, cpu);
  EXPECT_THAT(stall(), HasSubstr("sleeps in"));
}

TEST_F(PatienceTest, ATickingServerThatDoesNotServeIsFoundAsOneThatSleeps) {
  start_patiently(R"(
import socket, sys, time
s = socket.create_server(('127.0.0.1', int(sys.argv[1])))
while True: time.sleep(0.001))");
  EXPECT_THAT(stall(), HasSubstr("sleeps in nanosleep"));
}

TEST_F(PatienceTest, FairTimeStandsStillWhileTheServerIsFrozen) {
  start_patiently(Serving("c.recv(1); c.send(b'x')"));
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    one.send_now("x");
    bool stalled = false;
    server().freeze();
    const auto before = patience_.fair_time();
    const Patience::Wait wait(patience_, [&] { stalled = true; });
    co_await real_time(3 * kShort.quiet);
    EXPECT_EQ(patience_.fair_time(), before);
    EXPECT_FALSE(stalled);
    server().thaw();
    co_await one.expect("x");
  });
}

TEST_F(PatienceTest, TimeInWhichTheHarnessWasHeldUpIsNotFair) {
  start_patiently(Serving("c.recv(1); c.send(b'x')"));
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    one.send_now("x");
    bool stalled = false;
    const Patience::Wait wait(patience_, [&] { stalled = true; });
    for (int i = 0; i < 5; ++i) {  // a handler that takes long, and leaves the loop no turn
      const auto end = steady_clock::now() + kShort.quiet;
      while (steady_clock::now() < end) {
      }
      co_await asio::post(io_, asio::use_awaitable);
    }
    EXPECT_FALSE(stalled);
    co_await one.expect("x");
  });
}

TEST_F(PatienceTest, ProgressOfOthersProlongsAWaitButNotForEver) {
  start_patiently(kEcho);
  run([&]() -> asio::awaitable<void> {
    Peer served = co_await connect();
    bool over = false;
    std::string why;
    asio::co_spawn(
        io_,
        [&]() -> asio::awaitable<void> {
          const bool held = co_await patience_.until([] { return false; }, &why);
          EXPECT_FALSE(held);
          over = true;
        },
        asio::detached);
    const auto from = patience_.fair_time();
    while (!over) {
      co_await served.round_trip("x");
    }
    EXPECT_GE(patience_.fair_time() - from, kShort.unfair - kShort.quiet);
    EXPECT_THAT(why, HasSubstr("others were served, but this did not move for"));
  });
}

TEST_F(PatienceTest, TheWaitIsOverAsSoonAsTheConditionHolds) {
  start_patiently(kEcho);
  int looks = 0;
  run([&]() -> asio::awaitable<void> {
    const bool held = co_await patience_.until([&] { return ++looks == 5; });
    EXPECT_TRUE(held);
  });
  EXPECT_EQ(looks, 5);
}

TEST_F(PatienceTest, AWaitForWhichTheKernelStillHasToDeliverIsNotGivenUp) {
  start_patiently(Serving("time.sleep(60)"));
  run([&]() -> asio::awaitable<void> {
    int asked = 0;
    bool stalled = false;
    asio::steady_timer timer(io_, steady_clock::time_point::max());
    const Patience::Wait wait(
        patience_,
        [&] {
          stalled = true;
          timer.cancel();
        },
        [&] { return ++asked < 3; });
    boost::system::error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    EXPECT_TRUE(stalled);
    EXPECT_EQ(asked, 3);
  });
}

TEST_F(PatienceTest, WindowsOfFairTimePass) {
  start_patiently(kEcho);
  run([&]() -> asio::awaitable<void> {
    const auto from = patience_.fair_time();
    const auto began = steady_clock::now();
    co_await patience_.pass(Milliseconds(200));
    EXPECT_GE(patience_.fair_time() - from, Milliseconds(200));
    EXPECT_GE(steady_clock::now() - began, Milliseconds(200));
  });
}

TEST_F(PatienceTest, AServerThatOnlySleepsHasSettled) {
  start_patiently(kEcho);
  run([&]() -> asio::awaitable<void> { EXPECT_TRUE(co_await patience_.settled()); });
}

TEST_F(PatienceTest, AServerThatSpinsNeverSettles) {
  start_patiently(Serving("work(60)"));
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    co_await one.send("x");
    EXPECT_FALSE(co_await patience_.settled());
  });
}

TEST_F(PatienceTest, AServerThatStillSpinsIsGivenUpSooner) {
  start_patiently(Serving("work(60)"));
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    co_await one.send("x");
    EXPECT_FALSE(co_await patience_.settled());
    const auto first = patience_.fair_time();
    EXPECT_FALSE(co_await patience_.settled());
    EXPECT_LT(patience_.fair_time() - first, first / 2);
  });
}

class KnownToSpinTest : public PatienceTest {
 protected:
  KnownToSpinTest() : PatienceTest(Known()) {}
  static PatienceLimits Known() {
    PatienceLimits limits = kShort;
    limits.restless = true;
    return limits;
  }
};

TEST_F(KnownToSpinTest, ItIsGivenUpSoonTheFirstTime) {
  start_patiently(Serving("work(60)"));
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    co_await one.send("x");
    const auto before = patience_.fair_time();
    EXPECT_FALSE(co_await patience_.settled());
    EXPECT_LT(patience_.fair_time() - before, kShort.busy / 2);
  });
}

TEST_F(KnownToSpinTest, WhatItDoesIsWaitedForAllTheSame) {
  start_patiently(kEcho);
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    EXPECT_EQ(one.send_now(std::string(20000, 'x')), 20000U);
    EXPECT_TRUE(co_await patience_.settled());
    EXPECT_EQ((co_await one.receive_some(30000)).size(), 20000U);
  });
}

TEST_F(PatienceTest, OnceSettledEverythingWasServed) {
  start_patiently(kEcho);
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    for (int round = 0; round < 20; ++round) {
      EXPECT_EQ(one.send_now(std::string(20000, 'x')), 20000U);
      EXPECT_TRUE(co_await patience_.settled());
      EXPECT_EQ((co_await one.receive_some(30000)).size(), 20000U) << round;
    }
  });
}

// Looks for work every so often only, and sleeps in between.
std::string Polling(double seconds) {
  return R"(
import socket, sys, time
s = socket.create_server(('127.0.0.1', int(sys.argv[1])))
s.setblocking(False)
clients = []
while True:
    try: c, _ = s.accept(); c.setblocking(False); clients.append(c)
    except BlockingIOError: pass
    for c in clients:
        try: c.send(c.recv(1000))
        except BlockingIOError: pass
    time.sleep()" +
         std::to_string(seconds) + ")";
}

class PollingServerTest : public PatienceTest, public testing::WithParamInterface<double> {};

TEST_P(PollingServerTest, HasSettledOnlyWhenItHasLooked) {
  start_patiently(Polling(GetParam()));
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    co_await one.round_trip("hello");
    for (int round = 0; round < 5; ++round) {
      EXPECT_EQ(one.send_now(std::string(5000, 'x')), 5000U);  // five turns of the server
      EXPECT_TRUE(co_await patience_.settled());
      const size_t came = (co_await one.receive_some(5000)).size();
      EXPECT_EQ(came, 5000U) << round;
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Seconds, PollingServerTest, testing::Values(0.001, 0.01, 0.05));

}  // namespace
}  // namespace eagain::driver
