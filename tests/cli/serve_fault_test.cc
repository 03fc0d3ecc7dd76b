// `eagain serve --fault`: bad plans are refused, good ones are followed and reported on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "program.h"

namespace eagain {
namespace {

using testing::HasSubstr;

std::vector<std::string> Serve(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {EAGAIN_PROGRAM, "serve"});
  return arguments;
}

// A client's line comes back from a server that has just been started; then the server is stopped. Its exit
// status.
int EchoOnceAndStop(Program& server) {
  const std::string line = server.read_line();
  Program client({EAGAIN_PROGRAM, "client", line.substr(line.rfind(':') + 1)});
  client.type("hello\nexit\n");
  EXPECT_EQ(client.read_line(), "hello");
  EXPECT_EQ(client.wait(), 0);
  server.signal(SIGTERM);
  return server.wait();
}

TEST(ServeFaultTest, ABadPlanIsRefusedBeforeAnythingListens) {
  Program server(Serve({"epoll", "--fault", "recv EADDRINUSE"}));
  EXPECT_EQ(server.wait(), 2);
  EXPECT_EQ(server.output(), "");
  EXPECT_EQ(server.errors(),
            "--fault:1:6: recv cannot fail with EADDRINUSE\n"
            "  recv EADDRINUSE\n"
            "       ^~~~~~~~~~\n"
            "  recv can fail with EAGAIN, EINTR, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENOBUFS, "
            "ENOMEM\n");
}

TEST(ServeFaultTest, FaultsThatFiredAndRulesThatNeverDidAreReported) {
  Program server(Serve(
      {"epoll", "--seed", "9", "--fault", "send short 2 on client at 1; accept EMFILE at 999"}));
  EXPECT_EQ(EchoOnceAndStop(server), 0);
  EXPECT_THAT(server.errors(), HasSubstr("faults: seed 9\n  fired: short 2: send on descriptor "));
  EXPECT_THAT(server.errors(), HasSubstr("fired on 0: it never fired, so it shows nothing\n"));
}

TEST(ServeFaultTest, APlanMayBeAFile) {
  Program server(Serve({"poll", "--fault", EAGAIN_FIXTURE_PLANS "/short-receives.plan"}));
  EXPECT_EQ(EchoOnceAndStop(server), 0);
  EXPECT_THAT(server.errors(), HasSubstr("  recv short 1 on client: "));
}

TEST(ServeFaultTest, APortThatThePlanTakesIsReportedWithTheFault) {
  Program server(Serve({"select", "--fault", "bind EADDRINUSE from the start"}));
  EXPECT_EQ(server.wait(), 1);
  EXPECT_THAT(server.errors(), HasSubstr("Address already in use (EADDRINUSE)"));
  EXPECT_THAT(server.errors(), HasSubstr("  fired: EADDRINUSE: bind on descriptor "));
}

TEST(ServeFaultTest, HostilePlansNeedToBeAllowed) {
  const std::string plan = EAGAIN_FIXTURE_PLANS "/hostile-bad-descriptor.plan";
  Program refused(Serve({"poll", "--fault", plan}));
  EXPECT_EQ(refused.wait(), 2);
  EXPECT_THAT(refused.errors(), HasSubstr("--hostile lets it pass, never graded"));
  Program allowed(Serve({"poll", "--fault", plan, "--hostile"}));
  EXPECT_EQ(EchoOnceAndStop(allowed), 0);
}

TEST(ServeFaultTest, ASeedWithoutAPlanIsAMistake) {
  Program server(Serve({"epoll", "--seed", "9"}));
  EXPECT_EQ(server.wait(), 2);
  EXPECT_THAT(server.errors(), HasSubstr("--seed requires --fault"));
}

}  // namespace
}  // namespace eagain
