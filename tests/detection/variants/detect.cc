#include "detect.h"

#include <algorithm>
#include <utility>

#include "eagain/fault/sim/sweep.h"

namespace eagain::detection {

namespace {

std::optional<Detection> DetectUndisturbed(const sim::ServerMain& server, uint64_t& runs) {
  sim::Simulation simulation(server, ExpectationsOfAll());
  for (const sim::Scenario& scenario : sim::StandardScenarios()) {
    ++runs;
    std::string trace;
    if (const sim::RunResult result = simulation.run(scenario, nullptr, &trace); !result.ok()) {
      return Detection{"undisturbed: " + scenario.name, "none", *result.violation, runs,
                       std::move(trace)};
    }
  }
  return std::nullopt;
}

std::optional<Detection> DetectBySweep(const sim::ServerMain& server, uint64_t& runs) {
  for (sim::Scenario& scenario : sim::StandardScenarios()) {
    sim::SweepOptions options;
    options.expectations = ExpectationsOfAll();
    options.most_failures = 1;
    options.scenarios = {std::move(scenario)};
    const sim::SweepReport report = Sweep(server, options);
    runs += report.runs;
    if (!report.failures.empty()) {
      const sim::SweepFailure& failure = report.failures.front();
      return Detection{"sweep: " + failure.scenario, failure.plan, failure.violation, runs,
                       report.text()};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Detection> Detect(const sim::ServerMain& server) {
  uint64_t runs = 0;
  std::optional<Detection> found = DetectUndisturbed(server, runs);
  if (!found) {
    found = DetectBySweep(server, runs);
  }
  return found;
}

bool AsExpected(const Variant& variant, const std::optional<Detection>& detection) {
  return detection && std::find(variant.rules.begin(), variant.rules.end(),
                                detection->violation.rule) != variant.rules.end();
}

}  // namespace eagain::detection
