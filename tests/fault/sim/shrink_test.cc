#include "eagain/fault/sim/shrink.h"

#include <gtest/gtest.h>

#include "eagain/fault/plan/printer.h"
#include "eagain/fault/sim/plan_faults.h"
#include "eagain/fault/sim/swarm.h"
#include "forgetful_server.h"

namespace eagain::sim {
namespace {

SwarmReport SwarmOfLosers() { return Swarm(LosesTails); }

TEST(ShrinkTest, ALostTailIsShrunkToOneClientAndOneFaultAtMost) {
  const SwarmReport report = SwarmOfLosers();
  ASSERT_EQ(report.failures.size(), 1U);
  const SwarmFailure& failure = report.failures.front();
  EXPECT_EQ(failure.shrunk.violation.rule, failure.violation.rule);
  const Scenario scenario = Reduced(failure.schedule.scenario, failure.shrunk.reduction);
  EXPECT_EQ(scenario.clients.size(), 1U) << report.text();
  EXPECT_LE(failure.shrunk.plan.rules.size(), 1U) << report.text();
}

TEST(ShrinkTest, WhatItWasShrunkToFailsAgainWithTheSameTrace) {
  const SwarmReport report = SwarmOfLosers();
  ASSERT_EQ(report.failures.size(), 1U);
  const SwarmFailure& failure = report.failures.front();
  PlanFaults faults(failure.shrunk.plan);
  std::string trace;
  Simulation simulation(LosesTails);
  const RunResult result =
      simulation.run(Reduced(failure.schedule.scenario, failure.shrunk.reduction), &faults, &trace);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(*result.violation, failure.shrunk.violation);
  EXPECT_EQ(trace, failure.trace);
}

TEST(ShrinkTest, AReductionKeepsWhomItNamesAndNoMoreMessages) {
  Scenario scenario;
  scenario.clients.resize(3);
  scenario.clients[2].messages = 7;
  scenario.machine.latency = kMillisecond;
  const Scenario reduced = Reduced(scenario, {.clients = {3, 9}, .messages = 2, .calm = true});
  ASSERT_EQ(reduced.clients.size(), 1U);
  EXPECT_EQ(reduced.clients.front().messages, 2U);
  EXPECT_EQ(reduced.machine.latency, 0);
  EXPECT_EQ(Reduced(scenario, {}).clients, scenario.clients);
}

}  // namespace
}  // namespace eagain::sim
