#include "eagain/fault/sim/plan_faults.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eagain/fault/plan/parser.h"
#include "eagain/fault/sim/sweep.h"
#include "forgetful_server.h"
#include "simulated_strategies.h"

namespace eagain::sim {
namespace {

fault::Plan PlanOf(std::string_view text, bool hostile = false) {
  fault::ParsedPlan parsed = fault::ParsePlan(text, {.hostile = hostile});
  EXPECT_TRUE(parsed.ok()) << parsed.error_text();
  return std::move(parsed.plan);
}

struct LateFault {
  const char* calls;
  const char* outcome;
};

// For a while, every second call is late, and then has another outcome too.
std::string PlanText(const LateFault& late) {
  constexpr const char* kWhen = "every 2 at most 20 times";
  return fmt::format("{0} delay 300us {2}; {0} {1} {2}", late.calls, late.outcome, kWhen);
}

class PlannedTest : public testing::TestWithParam<const Strategy*> {
 protected:
  // How often a rule fired.
  uint64_t run(const Scenario& scenario, const std::string& plan) {
    PlanFaults faults(PlanOf(plan));
    const RunResult result = simulation_.run(scenario, &faults);
    EXPECT_TRUE(result.ok()) << scenario.name << ", " << plan << ": " << result.violation->rule
                             << ": " << result.violation->what;
    uint64_t fired = 0;
    for (const fault::RuleCount& count : faults.run().counts()) {
      fired += count.fired;
    }
    return fired;
  }

  Expectations expectations_ = ExpectationsOf(*GetParam());
  Simulation simulation_{SimulatedStrategy(*GetParam()), expectations_};
};

// While a call is late, bytes and newcomers come and go: what was possible before may not be now.
TEST_P(PlannedTest, FaultsAreWhatIsPossibleOnceTheDelayIsOver) {
  uint64_t fired = 0;
  for (const LateFault& late : {LateFault{"recv", "short 1 on client"},
                                {"recv", "EAGAIN on non-blocking client"},
                                {"recv", "reset on client"},
                                {"send", "short 1 on client"},
                                {"send", "EAGAIN on non-blocking client"},
                                {"accept", "ECONNABORTED"},
                                {"wait", "only 1"}}) {
    for (const Scenario& scenario : StandardScenarios()) {
      if (!scenario.needs_concurrency || !expectations_.serial) {
        fired += run(scenario, PlanText(late));
      }
    }
  }
  EXPECT_GT(fired, 100U);
}

// A call on one client is late: what reaches another one meanwhile is noticed all the same.
TEST_P(PlannedTest, WhatHappensMeanwhileIsNotMissed) {
  Scenario scenario{
      .name = "a slow network",
      .machine = {.send_buffer = 4608,
                  .receive_buffer = 512,
                  .latency = 50 * kMicrosecond,
                  .slow_segment = 300},
      .clients = {{.messages = 16, .message_size = 300, .message_pause = 1000 * kMicrosecond},
                  {.connects_at = 2 * kMillisecond,
                   .messages = 4,
                   .message_size = 3000,
                   .pipelined = true,
                   .reads = expectations_.serial,
                   .ending = expectations_.serial ? Ending::kClose : Ending::kStay}},
      .tuning = {}};
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    scenario.machine.seed = seed;
    for (int at = 1; at <= 20; ++at) {
      for (const char* calls : {"recv", "send"}) {
        run(scenario, fmt::format("{} delay 2ms on client 2 at {}", calls, at));
      }
    }
  }
}

// A server that pauses after each failure of accept, longer and longer, gets the time that it needs.
TEST_P(PlannedTest, ARowOfFailedAcceptsIsWaitedOut) {
  const Scenario scenario{.name = "a client that leaves",
                          .machine = {},
                          .clients = {{.messages = 1, .ending = Ending::kReset}},
                          .tuning = {}};
  EXPECT_EQ(run(scenario, "accept ENFILE on listener from 1 to 12"), 12U);
}

INSTANTIATE_TEST_SUITE_P(Strategies, PlannedTest, testing::ValuesIn(SimulatedStrategies()),
                         StrategyTestName);

TEST(HostilePlanTest, AnErrnoThatNoKernelAnswersIsAnsweredAndMarked) {
  Simulation simulation(SimulatedStrategy(*FindStrategy("epoll")));
  PlanFaults faults(PlanOf("recv EBADF on client at 2", true),
                    {.seed = std::nullopt, .hostile = true});
  std::string trace;
  simulation.run(StandardScenarios().front(), &faults, &trace);
  EXPECT_THAT(trace, testing::HasSubstr("hostile fault: EBADF"));
  EXPECT_THAT(trace, testing::ContainsRegex("recv\\([0-9]+\\) EBADF"));
  EXPECT_THAT(faults.run().report(), testing::HasSubstr("hostile: "));
}

TEST(SweptRuleTest, MakesTheSameFailureHappenAgainCallByCall) {
  SweepOptions options;
  options.level = fault::Level::kShould;
  options.most_failures = 100;
  const SweepReport report = Sweep(LosesTails, options);
  ASSERT_GT(report.failures.size(), 50U) << report.text();
  Simulation simulation(LosesTails);
  for (const SweepFailure& failure : report.failures) {
    for (const Scenario& scenario : StandardScenarios()) {
      if (scenario.name != failure.scenario) {
        continue;
      }
      PlanFaults faults(PlanOf(failure.plan));
      std::string trace;
      const RunResult result = simulation.run(scenario, &faults, &trace);
      ASSERT_FALSE(result.ok()) << scenario.name << ": " << failure.plan;
      EXPECT_EQ(*result.violation, failure.violation) << failure.plan;
      EXPECT_TRUE(trace == failure.trace) << scenario.name << ": " << failure.plan;
    }
  }
}

}  // namespace
}  // namespace eagain::sim
