// What becomes of a client's connection when a failure unwinds the client.
#include <gtest/gtest.h>

#include "eagain/driver/failure.h"
#include "fixture.h"

namespace eagain::driver {
namespace {

class PeerLeftOpenTest : public DriverTest {
 protected:
  // A server that a reset ends.
  void start_frail() {
    start(R"(
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
client, _ = server.accept()
client.recv(1)
)");
  }

  asio::awaitable<void> fail() {
    const Peer one = co_await Peer::connect({io_, patience_, transcript_, &left_open_},
                                            server().address(), server().port(), 1);
    co_await patience_.settled();
    throw Failure("something", "something else");
  }

  std::vector<Peer> left_open_;
};

TEST_F(PeerLeftOpenTest, AFailureLeavesItOpenUntilTheServerHasBeenLookedAt) {
  start_frail();
  EXPECT_EQ(failure_of([&] { return fail(); }), "something | something else");
  EXPECT_EQ(left_open_.size(), 1U);
  run([&]() -> asio::awaitable<void> { co_await patience_.settled(); });
  EXPECT_FALSE(server().ended().has_value());
  left_open_.clear();
  wait_for([&] { return server().ended().has_value(); });
}

TEST_F(PeerLeftOpenTest, WithoutAFailureItIsReset) {
  start_frail();
  run([&]() -> asio::awaitable<void> {
    const Peer one = co_await Peer::connect({io_, patience_, transcript_, &left_open_},
                                            server().address(), server().port(), 1);
  });
  EXPECT_TRUE(left_open_.empty());
  wait_for([&] { return server().ended().has_value(); });
}

}  // namespace
}  // namespace eagain::driver
