#include "echo_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eagain/fault/plan/parser.h"
#include "eagain/fault/sim/sweep.h"
#include "eagain/fault/sys/fault_sys.h"
#include "eagain/mocks/mock_sys.h"
#include "eagain/sys/kernel_sys.h"

namespace {

// README.md shows this test as it is here.
TEST(EchoServer, SurvivesEveryFaultAtEveryCall) {
  const auto report = eagain::sim::Sweep([](eagain::Sys& sys, eagain::sim::Process& process) {
    EchoServer server(sys, process.port());
    process.on_sigterm([&server] { server.stop(); });
    return server.run();
  });
  EXPECT_TRUE(report.passed()) << report.text();
}

// The same sweep does find what is wrong: here nobody says what SIGTERM does.
TEST(EchoServer, IsNotPassedWhenItDoesNotStop) {
  eagain::sim::SweepOptions options;
  options.scenarios.resize(1);
  const auto report = eagain::sim::Sweep(
      [](eagain::Sys& sys, eagain::sim::Process& process) {
        return EchoServer(sys, process.port()).run();
      },
      options);
  EXPECT_FALSE(report.passed());
  EXPECT_THAT(report.text(), testing::HasSubstr("stop"));
}

TEST(EchoServer, EndsWithStatus1WhenThereIsNoSocket) {
  testing::NiceMock<eagain::MockSys> sys;
  EXPECT_CALL(sys, eventfd).WillOnce(testing::Return(eagain::Ok(3)));
  EXPECT_CALL(sys, close(3)).WillOnce(testing::Return(eagain::Ok()));
  EXPECT_CALL(sys, socket).WillOnce(testing::Return(eagain::Fail(ENFILE)));
  EXPECT_EQ(EchoServer(sys, 7000).run(), 1);
}

TEST(EchoServer, EndsWithStatus1UnderAPlanThatTakesThePort) {
  eagain::KernelSys kernel;
  const auto parsed = eagain::fault::ParsePlan("bind EADDRINUSE from the start");
  ASSERT_TRUE(parsed.ok());
  eagain::fault::FaultSys sys(kernel, parsed.plan);
  EXPECT_EQ(EchoServer(sys, 0).run(), 1);
  EXPECT_TRUE(sys.run().never_fired().empty()) << sys.run().report();
}

}  // namespace
