// What a client makes of how its connection came to be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "fixture.h"

namespace eagain::driver {
namespace {

using asio::ip::tcp;
using testing::HasSubstr;

class PeerConnectTest : public DriverTest {
 protected:
  // No server is observed, so all time counts.
  PeerConnectTest() : DriverTest({.quiet = Milliseconds(30'000), .scale = 1.0}) {}

  // A client whose connection is made and reset before it comes to look: the backlog is full with another
  // one, so its SYN is dropped, and sent again after a second, while this thread does nothing else.
  asio::awaitable<Peer> connect_reset() {
    asio::post(io_, [this] {
      listener_.accept();
      tcp::socket second = listener_.accept();
      second.set_option(asio::socket_base::linger(true, 0));
      second.close();
    });
    co_return co_await Peer::connect({io_, patience_, transcript_, nullptr}, "127.0.0.1",
                                     listener_.local_endpoint().port(), 1);
  }

  void SetUp() override {
    const tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
    listener_.open(any.protocol());
    listener_.bind(any);
    listener_.listen(0);
    first_.connect(listener_.local_endpoint());
  }

  asio::io_context blocking_;
  tcp::acceptor listener_{blocking_};
  tcp::socket first_{blocking_};
};

TEST_F(PeerConnectTest, AResetThatCameFirstIsTheEndOfAConnectionThatWasMade) {
  EXPECT_THAT(
      failure_of([&]() -> asio::awaitable<void> {
        Peer client = co_await connect_reset();
        co_await client.expect_eof();
      }),
      HasSubstr(
          "client 1 sees the end of the stream (FIN) | the server reset the connection (RST)"));
}

TEST_F(PeerConnectTest, AResetThatCameFirstIsMetBySend) {
  EXPECT_THAT(failure_of([&]() -> asio::awaitable<void> {
                Peer client = co_await connect_reset();
                co_await client.send("hello");
              }),
              HasSubstr("the server reset the connection (RST) after 0 of 5 bytes were sent"));
}

}  // namespace
}  // namespace eagain::driver
