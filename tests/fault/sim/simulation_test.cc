#include "eagain/fault/sim/simulation.h"

#include <gtest/gtest.h>

#include "eagain/cli/simulated/simulated_strategy.h"

namespace eagain::sim {
namespace {

struct Case {
  const Strategy* strategy;
  Scenario scenario;
};
void PrintTo(const Case& c, std::ostream* os) {
  *os << c.strategy->name << ": " << c.scenario.name;
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const Strategy& strategy : Strategies()) {
    for (const Scenario& scenario : StandardScenarios()) {
      if (WhyNotSimulated(strategy) == nullptr &&
          !(scenario.needs_concurrency && ExpectationsOf(strategy).serial)) {
        cases.push_back({&strategy, scenario});
      }
    }
  }
  return cases;
}

class EveryStrategy : public testing::TestWithParam<Case> {};

TEST_P(EveryStrategy, KeepsTheRulesUndisturbed) {
  const Case& now = GetParam();
  Simulation simulation(SimulatedStrategy(*now.strategy), ExpectationsOf(*now.strategy));
  std::string trace;
  const RunResult result = simulation.run(now.scenario, nullptr, &trace);
  EXPECT_TRUE(result.ok()) << result.violation->rule << ": " << result.violation->what << '\n'
                           << trace.substr(trace.size() - std::min<size_t>(trace.size(), 5000));
}

TEST_P(EveryStrategy, TheSameSeedIsTheSameTraceByteForByte) {
  const Case& now = GetParam();
  Scenario busy = now.scenario;
  busy.machine.seed = 4711;
  busy.machine.latency = 100 * kMicrosecond;
  busy.machine.cut_segment = busy.machine.shuffle_ready = busy.machine.fewer_ready = 300;
  busy.machine.late_end = busy.machine.late_acknowledgement = busy.machine.slow_segment = 100;
  std::string first;
  std::string second;
  Simulation one(SimulatedStrategy(*now.strategy), ExpectationsOf(*now.strategy));
  const RunResult result = one.run(busy, nullptr, &first);
  EXPECT_TRUE(result.ok()) << result.violation->rule << ": " << result.violation->what;
  EXPECT_TRUE(one.run(busy, nullptr, &second).ok());
  EXPECT_FALSE(first.empty());
  EXPECT_TRUE(first == second) << "in the same simulation, run again";
  second.clear();
  Simulation another(SimulatedStrategy(*now.strategy), ExpectationsOf(*now.strategy));
  EXPECT_TRUE(another.run(busy, nullptr, &second).ok());
  EXPECT_TRUE(first == second) << "in a new simulation";
  busy.machine.seed = 4712;
  second.clear();
  EXPECT_TRUE(another.run(busy, nullptr, &second).ok());
  EXPECT_FALSE(first == second) << "another seed is another trace";
}

std::string CaseName(const testing::TestParamInfo<Case>& info) {
  std::string name(info.param.strategy->name);
  name += "_" + info.param.scenario.name;
  for (char& c : name) {
    c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Simulated, EveryStrategy, testing::ValuesIn(Cases()), CaseName);

}  // namespace
}  // namespace eagain::sim
