// One conversation through the whole driver: a server is started, found listening, talked to, and
// ended.
#include <gtest/gtest.h>

#include "eagain/driver/peer.h"
#include "fixture.h"

namespace eagain::driver {
namespace {

TEST_F(DriverTest, ServerIsStartedTalkedToAndEnded) {
  start(kEcho);
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    co_await one.round_trip("ping");
    co_await one.exchange_pattern(8 << 20);
    one.half_close();
    co_await one.expect_eof();
  });
  EXPECT_FALSE(server().ended());
}

}  // namespace
}  // namespace eagain::driver
