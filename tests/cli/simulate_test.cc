// `eagain simulate`: the sweep, the swarm, and single runs again under a plan.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "program.h"

namespace eagain {
namespace {

using testing::HasSubstr;

struct Ran {
  int status;
  std::string output;
  std::string errors;
};

Ran Simulate(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {EAGAIN_PROGRAM, "simulate"});
  Program program(std::move(arguments));
  const int status = program.wait();
  return {status, program.output(), program.errors()};
}

TEST(SimulateTest, SeedsThatAreSurvivedMakeATable) {
  const Ran ran = Simulate({"epoll", "--seeds", "1..50"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.output, testing::ContainsRegex("epoll +50 .* passed\n"));
  EXPECT_EQ(ran.errors, "");
}

TEST(SimulateTest, TheSameSeedIsTheSameTraceInAnotherProcess) {
  const Ran first = Simulate({"epoll-et", "--seeds", "4711", "--trace"});
  const Ran second = Simulate({"epoll-et", "--seeds", "4711", "--trace"});
  EXPECT_EQ(first.status, 0);
  EXPECT_THAT(first.output, HasSubstr("epoll_wait"));
  EXPECT_TRUE(first.output == second.output);
}

TEST(SimulateTest, ThreadsChangeNothing) {
  const Ran one = Simulate({"poll", "--seeds", "1..2500", "--jobs", "1"});
  const Ran four = Simulate({"poll", "--seeds", "1..2500", "--jobs", "4"});
  EXPECT_EQ(one.status, 0);
  EXPECT_EQ(one.output, four.output);
}

TEST(SimulateTest, APlanIsFollowedInAScenarioAndReportedOn) {
  const Ran ran =
      Simulate({"poll", "--scenario", "one client", "--plan", "send short 1 on client at 2"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_THAT(ran.output, HasSubstr("fired: short 1: send on descriptor"));
  EXPECT_THAT(ran.output, HasSubstr("poll, one client: the rules hold"));
}

TEST(SimulateTest, AnIllegalRuleIsRefusedWithTheReason) {
  const Ran ran = Simulate({"epoll", "--scenario", "one client", "--plan", "recv EBADF at 2"});
  EXPECT_EQ(ran.status, 2);
  EXPECT_THAT(ran.errors, HasSubstr("no kernel does this to a correct server's recv"));
  EXPECT_EQ(ran.output, "");
}

TEST(SimulateTest, AHostileRuleRunsWhenItIsAllowedAndTheReportSaysSo) {
  const Ran ran = Simulate(
      {"epoll", "--scenario", "one client", "--plan", "recv EBADF at 2", "--hostile", "--trace"});
  EXPECT_THAT(ran.output, HasSubstr("hostile fault: EBADF"));
  EXPECT_THAT(ran.output, HasSubstr("hostile: faults are allowed that no kernel makes"));
  EXPECT_EQ(ran.status, 1) << "the client's connection is given up: " << ran.output;
}

TEST(SimulateTest, WhatMakesNoSenseIsOneLineAndStatus2) {
  const std::vector<std::vector<std::string>> mistakes = {
      {"epoll"},
      {"epoll", "--sweep", "--seeds", "1"},
      {"epoll", "--seeds", "9..1"},
      {"epoll", "--seeds", "x"},
      {"epol", "--sweep"},
      {"epoll", "--scenario", "no such thing"},
      {"epoll", "--sweep", "--trace"},
      {"all", "--seeds", "1", "--trace"},
      {"epoll", "--seeds", "1", "--clients", "99"}};
  for (const std::vector<std::string>& mistake : mistakes) {
    const Ran ran = Simulate(mistake);
    EXPECT_EQ(ran.status, 2) << testing::PrintToString(mistake);
    EXPECT_EQ(std::count(ran.errors.begin(), ran.errors.end(), '\n'), 1) << ran.errors;
  }
}

}  // namespace
}  // namespace eagain
