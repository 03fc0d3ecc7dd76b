// A client's operations against servers that answer in every way.
#include "eagain/driver/peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <sys/socket.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "eagain/driver/failure.h"
#include "fixture.h"

namespace eagain::driver {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr PatienceLimits kShort{.quiet = Milliseconds(250),
                                .busy = Milliseconds(800),
                                .unfair = Milliseconds(1000),
                                .scale = 1.0};

class PeerTest : public DriverTest {
 protected:
  PeerTest() : DriverTest(kShort) {}

  // A server that does `body` with each client, one after the other; `c` is the client.
  void serve(std::string_view body, std::string_view listen = "backlog=64") {
    launch(
        python("import socket, struct, sys, time\n"
               "def reset(c):\n"
               "    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))\n"
               "    c.close()\n"
               "s = socket.create_server(('127.0.0.1', int(sys.argv[1])), " +
               std::string(listen) + ")\nkept = []\n" + std::string(body)));
    start_with_usual_patience();
  }
  void serve_each(std::string_view body) {
    serve("while True:\n    c, _ = s.accept()\n    kept.append(c)\n    " + std::string(body));
  }
  void start_with_usual_patience() {
    Patience usual(io_, {});
    run([&] { return server().wait_until_listening(usual); });
    patience_.observe(&server());
  }
  void echo() {
    launch(python(kEcho));
    start_with_usual_patience();
  }
  // What the failure says of an operation on a client that has just connected.
  std::string failure(std::function<asio::awaitable<void>(Peer&)> operation) {
    return failure_of([&]() -> asio::awaitable<void> {
      Peer one = co_await connect();
      co_await operation(one);
    });
  }
};

TEST_F(PeerTest, ARefusedConnectionIsSaid) {
  serve_each("pass");
  server().kill_tree();
  EXPECT_THAT(failure([](Peer&) -> asio::awaitable<void> { co_return; }),
              AllOf(HasSubstr("client 1 connects to port"),
                    HasSubstr("connection refused: nothing listens there; the server has ended: "
                              "killed by SIGKILL (signal 9)")));
}

TEST_F(PeerTest, BytesComeBackAndAreInTheTranscript) {
  echo();
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    co_await one.round_trip("ping");
    one.half_close();
    co_await one.expect_eof();
  });
  EXPECT_THAT(transcript_.steps(),
              ElementsAre("client 1 connects", "client 1 sends 4 bytes: \"ping\"",
                          "client 1 receives 4 bytes: \"ping\"",
                          "client 1 shuts down its sending side (FIN)",
                          "client 1 sees the end of the stream"));
}

TEST_F(PeerTest, WrongBytesAreShownWhereTheyDiffer) {
  serve_each("c.sendall(c.recv(100).upper())");
  EXPECT_THAT(
      failure([](Peer& one) -> asio::awaitable<void> { co_await one.round_trip("ping-Pong"); }),
      AllOf(HasSubstr("receives 9 bytes: \"ping-Pong\""),
            HasSubstr("9 bytes came, but not what was sent: \"PING-PONG\""),
            HasSubstr("first difference at byte 0"), HasSubstr("|ping-Pong|"),
            HasSubstr("|PING-PONG|")));
}

TEST_F(PeerTest, AnEndInTheMiddleIsToldFromAReset) {
  serve_each("c.sendall(c.recv(100)[:3]); c.close()");
  EXPECT_THAT(failure([](Peer& one) -> asio::awaitable<void> { co_await one.round_trip("ping"); }),
              HasSubstr("closed the connection (FIN) after 3 of 4 bytes"));
  serve_each("c.recv(100); reset(c)");
  EXPECT_THAT(failure([](Peer& one) -> asio::awaitable<void> { co_await one.round_trip("ping"); }),
              HasSubstr("reset the connection (RST) before any byte came"));
}

TEST_F(PeerTest, ACrashIsToldWithTheConnectionThatEndedByIt) {
  serve_each("c.recv(2); import os; os.abort()");
  EXPECT_THAT(failure([](Peer& one) -> asio::awaitable<void> { co_await one.round_trip("ping"); }),
              HasSubstr("reset the connection (RST) before any byte came; the server has ended: "
                        "killed by SIGABRT (signal 6)"));
}

TEST_F(PeerTest, SilenceIsToldWithWhatTheServerDoes) {
  serve_each("c.sendall(c.recv(100)[:3]); c.recv(1)");
  EXPECT_THAT(failure([](Peer& one) -> asio::awaitable<void> { co_await one.round_trip("ping"); }),
              ContainsRegex("nothing more came after 3 of 4 bytes: nothing moved for .* the server "
                            "sleeps in recv\\(4\\)"));
}

TEST_F(PeerTest, BytesThatAreMissingInAStreamAreCounted) {
  serve_each("d = c.recv(5000, socket.MSG_WAITALL); c.sendall(d[:1000] + d[3000:])");
  EXPECT_THAT(
      failure([](Peer& one) -> asio::awaitable<void> { co_await one.exchange_pattern(5000); }),
      AllOf(HasSubstr("at offset 1,000: 2,000 bytes are missing"),
            HasSubstr("first difference at byte 1,000 of the stream")));
}

TEST_F(PeerTest, BytesOfAnotherClientAreNamed) {
  serve(R"(
a, _ = s.accept()
b, _ = s.accept()
x = a.recv(1000, socket.MSG_WAITALL)
y = b.recv(1000, socket.MSG_WAITALL)
a.sendall(y); b.sendall(x); time.sleep(60))");
  EXPECT_THAT(failure_of([&]() -> asio::awaitable<void> {
                Peer one = co_await connect();
                Peer two = co_await connect();
                co_await one.send_pattern(1000);
                co_await two.send_pattern(1000);
                co_await one.expect_pattern(1000);
              }),
              HasSubstr("at offset 0: bytes of client 2 (its offset 0)"));
}

TEST_F(PeerTest, SendingToAServerThatResetsOrStopsReadingIsToldApart) {
  serve_each("c.recv(1); reset(c)");
  EXPECT_THAT(
      failure([](Peer& one) -> asio::awaitable<void> { co_await one.send_pattern(64 << 20); }),
      ContainsRegex("reset the connection \\(RST\\) after .* of 67,108,864 bytes"));
  serve_each("c.recv(1); time.sleep(60)");
  EXPECT_THAT(
      failure([](Peer& one) -> asio::awaitable<void> { co_await one.send_pattern(64 << 20); }),
      ContainsRegex("it took no more after .* of 67,108,864 bytes: .*nanosleep"));
}

TEST_F(PeerTest, FillingEndsWhenEverythingIsFullAndIsNoFailure) {
  serve_each("time.sleep(60)");
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    const uint64_t first = co_await one.fill(1U << 30U);
    EXPECT_GT(first, 65536U);
    EXPECT_LT(first, 1U << 30U);
    EXPECT_EQ(co_await one.fill(1U << 30U), 0U);
    EXPECT_EQ(one.pattern_sent(), first);
  });
}

TEST_F(PeerTest, ATinyClientKeepsTheServersBufferSmall) {
  // How much a server that echoes can write to a client that does not read.
  serve_each(
      "c.setblocking(False)\n    n = 0\n    try:\n        while True: n += c.send(b'x' * "
      "1000)\n    except BlockingIOError: print(n, flush=True)");
  const auto written = [&](PeerOptions options) {
    const size_t before = server().output().size();
    run([&]() -> asio::awaitable<void> {
      Peer one = co_await connect(options);
      co_await patience_.until([&] { return server().output().size() > before; });
    });
    return std::stoll(server().output().substr(before));
  };
  const auto tiny = written(PeerOptions::tiny());
  const auto ordinary = written({});
  EXPECT_LT(tiny, 400'000);
  EXPECT_GT(ordinary, 2 * tiny);
}

TEST_F(PeerTest, NothingIsExpectedAndNothingComes) {
  echo();
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    co_await one.expect_nothing();
    co_await one.round_trip("x");
    co_await one.expect_nothing();
  });
}

TEST_F(PeerTest, NothingIsExpectedAndSomethingComes) {
  serve_each("c.sendall(b'Welcome!')");
  EXPECT_THAT(failure([](Peer& one) -> asio::awaitable<void> { co_await one.expect_nothing(); }),
              HasSubstr("it received 8 bytes: \"Welcome!\""));
  serve_each("c.close()");
  EXPECT_THAT(failure([](Peer& one) -> asio::awaitable<void> { co_await one.expect_nothing(); }),
              HasSubstr("closed the connection (FIN)"));
}

TEST_F(PeerTest, NothingIsExpectedAndBytesOfAnotherClientCome) {
  serve("one, _ = s.accept()\nother, _ = s.accept()\nother.sendall(one.recv(512))\ntime.sleep(60)");
  const std::string text = failure_of([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    Peer other = co_await connect();
    co_await one.send_pattern(64);
    co_await other.expect_nothing();
  });
  EXPECT_THAT(text, HasSubstr("it received 64 bytes: bytes of client 1 (its offset 0)"));
}

TEST_F(PeerTest, TheEndMustBeAnEndAndMustCome) {
  serve_each("c.sendall(b'bye'); c.close()");
  EXPECT_THAT(failure([](Peer& one) -> asio::awaitable<void> { co_await one.expect_eof(); }),
              HasSubstr("3 bytes came instead: \"bye\""));
  serve_each("time.sleep(0.01); reset(c)");
  EXPECT_THAT(failure([](Peer& one) -> asio::awaitable<void> { co_await one.expect_eof(); }),
              HasSubstr("reset the connection (RST)"));
  serve_each("c.recv(1)");
  EXPECT_THAT(failure([](Peer& one) -> asio::awaitable<void> { co_await one.expect_eof(); }),
              AllOf(HasSubstr("it did not come"), HasSubstr("recv(4)")));
}

TEST_F(PeerTest, AClosedConnectionMayEndInEitherWayButMustEnd) {
  for (const auto* body : {"c.sendall(b'bye'); c.close()", "time.sleep(0.01); reset(c)"}) {
    serve_each(body);
    run([&]() -> asio::awaitable<void> {
      Peer one = co_await connect();
      co_await one.expect_closed();
    });
  }
  serve_each("c.recv(1)");
  EXPECT_THAT(failure([](Peer& one) -> asio::awaitable<void> { co_await one.expect_closed(); }),
              HasSubstr("it is still open"));
  serve_each("\n    while True: c.sendall(b'x' * 10000)");
  EXPECT_THAT(failure([](Peer& one) -> asio::awaitable<void> { co_await one.expect_closed(); }),
              HasSubstr("it is still open"));
}

// Tells in its output how each connection ended.
constexpr const char* kTellsTheEnd =
    "\n    try: print('end' if c.recv(10) == b'' else 'data', flush=True)"
    "\n    except ConnectionResetError: print('reset', flush=True)";

TEST_F(PeerTest, LeavingIsAFinOrAResetAsAskedForAndAResetWhenForgotten) {
  serve_each(kTellsTheEnd);
  const auto told = [&](std::function<void(Peer)> leave) {
    const size_t before = server().output().size();
    run([&]() -> asio::awaitable<void> { leave(co_await connect()); });
    wait_for([&] { return server().output().size() > before; });
    return server().output().substr(before);
  };
  EXPECT_EQ(told([](Peer one) { one.close(); }), "end\n");
  EXPECT_EQ(told([](Peer one) {
              one.half_close();
              one.close();
            }),
            "end\n");
  EXPECT_EQ(told([](Peer one) { one.reset(); }), "reset\n");
  EXPECT_EQ(told([](Peer) {}), "reset\n");
}

TEST_F(PeerTest, AnOperationGoesOnWhenItsPeerIsMovedAndIsCancelledWhenItIsDestroyed) {
  serve_each("c.recv(1); c.sendall(b'pong')" + std::string(kTellsTheEnd));
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    auto moved_over = one.expect("pong");
    auto forgotten = [&]() -> asio::awaitable<void> {
      Peer moved = std::move(one);
      co_await moved.send("x");
      co_await patience_.settled();
    };
    std::vector<asio::awaitable<void>> both;
    both.push_back(std::move(moved_over));
    both.push_back(forgotten());
    co_await all(std::move(both));
  });
  run([&]() -> asio::awaitable<void> {
    auto two = std::make_unique<Peer>(co_await connect());
    auto waits = two->expect("never");
    const auto goes = [&]() -> asio::awaitable<void> {
      co_await patience_.settled();
      two.reset();
    };
    std::vector<asio::awaitable<void>> both;
    both.push_back(std::move(waits));
    both.push_back(goes());
    EXPECT_THROW(co_await all(std::move(both)), boost::system::system_error);
  });
}

TEST_F(PeerTest, ManyClientsTalkAtTheSameTime) {
  echo();
  run([&]() -> asio::awaitable<void> {
    const auto talk = [this]() -> asio::awaitable<void> {
      Peer one = co_await connect();
      for (int round = 0; round < 10; ++round) {
        co_await one.exchange_pattern(10000);
      }
      EXPECT_EQ(one.pattern_received(), 100000U);
    };
    std::vector<asio::awaitable<void>> talks;
    for (int i = 0; i < 60; ++i) {
      talks.push_back(talk());
    }
    co_await all(std::move(talks));
  });
}

TEST_F(PeerTest, WhenBothSidesOfAnExchangeAreStuckTheFirstFailureIsTold) {
  serve_each("c.recv(1); time.sleep(60)");
  EXPECT_THAT(
      failure([](Peer& one) -> asio::awaitable<void> { co_await one.exchange_pattern(32 << 20); }),
      AllOf(HasSubstr("33,554,432"), HasSubstr("nothing moved for")));
}

TEST_F(PeerTest, ABacklogThatStaysFullIsTold) {
  serve("time.sleep(60)", "backlog=0");
  std::vector<Peer> peers;
  EXPECT_THAT(failure_of([&]() -> asio::awaitable<void> {
                for (int i = 0; i < 5; ++i) {
                  peers.push_back(co_await connect());
                  co_await peers.back().send("x");
                }
              }),
              AllOf(HasSubstr("the connection was not made"), HasSubstr("wait")));
}

TEST_F(PeerTest, ClientsThatDoNotFitIntoTheBacklogAreAllServedInTheEnd) {
  serve(R"(
import threading
def echo(c):
    while (d := c.recv(100)): c.sendall(d)
while True:
    c, _ = s.accept()
    threading.Thread(target=echo, args=(c,), daemon=True).start())",
        "backlog=1");
  run([&]() -> asio::awaitable<void> {
    server().freeze();
    const auto talk = [this]() -> asio::awaitable<void> {
      Peer one = co_await connect();
      co_await one.round_trip("ping");
    };
    const auto thaw = [this]() -> asio::awaitable<void> {
      co_await patience_.settled();
      server().thaw();
    };
    std::vector<asio::awaitable<void>> talks;
    for (int i = 0; i < 12; ++i) {
      talks.push_back(talk());
    }
    talks.push_back(thaw());
    co_await all(std::move(talks));
  });
}

TEST_F(PeerTest, BytesThatTheKernelStillHasToDeliverAreNotHeldAgainstTheServer) {
  serve_each("c.sendall(c.recv(4)); c.recv(1)");
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    // From here on the client's kernel drops whatever comes for it, as if it were lost.
    sock_filter nothing = {BPF_RET | BPF_K, 0, 0, 0};
    const sock_fprog program = {1, &nothing};
    EXPECT_EQ(
        ::setsockopt(one.native_handle(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)),
        0);
    const auto repair = [&]() -> asio::awaitable<void> {
      asio::steady_timer timer(io_, 3 * kShort.quiet);
      co_await timer.async_wait(asio::use_awaitable);
      const int unused = 0;
      ::setsockopt(one.native_handle(), SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
    };
    std::vector<asio::awaitable<void>> both;
    both.push_back(one.round_trip("ping"));
    both.push_back(repair());
    co_await all(std::move(both));
  });
}

TEST_F(PeerTest, WhatIsSentAtOnceIsWhatTheKernelTakes) {
  serve_each("time.sleep(60)");
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect({.receive_buffer = {}, .send_buffer = 4096, .max_segment = {}});
    EXPECT_EQ(one.send_now("ping"), 4U);
    size_t total = 0;
    for (int i = 0; i < 1000; ++i) {
      total += one.send_now(std::string(100000, 'x'));
    }
    EXPECT_LT(total, 100000000U);
    one.reset();
    EXPECT_FALSE(one.is_open());
    EXPECT_EQ(one.send_now("ping"), 0U);
  });
}

}  // namespace
}  // namespace eagain::driver
