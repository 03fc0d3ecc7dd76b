// How many schedules a second the simulation runs on one core: 8 clients, 10 messages each, every
// seed another schedule; and how long the sweep of all strategies and scenarios takes on two.
#include <benchmark/benchmark.h>

#include "eagain/cli/simulated/campaign.h"
#include "eagain/cli/simulated/simulated_strategy.h"

namespace eagain::sim {
namespace {

Scenario EightTalkers() {
  Scenario scenario;
  scenario.name = "8 clients, 10 messages each";
  scenario.machine.latency = 50 * kMicrosecond;
  scenario.machine.cut_segment = scenario.machine.shuffle_ready = 100;
  scenario.tuning = {.receive_buffer = 4096, .high_water = 16 * 1024, .low_water = 4096};
  ClientScript script;
  script.connects_at = kMillisecond;
  scenario.clients.assign(8, script);
  return scenario;
}

void Schedules(benchmark::State& state, const Strategy& strategy) {
  Simulation simulation(SimulatedStrategy(strategy), ExpectationsOf(strategy));
  Scenario scenario = EightTalkers();
  uint64_t calls = 0;
  for (auto _ : state) {
    ++scenario.machine.seed;
    const RunResult result = simulation.run(scenario);
    if (!result.ok()) {
      state.SkipWithError(result.violation->what.c_str());
    }
    calls += result.calls;
  }
  state.counters["schedules/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["calls"] =
      benchmark::Counter(static_cast<double>(calls), benchmark::Counter::kAvgIterations);
}

void SweepOfAll(benchmark::State& state) {
  CampaignOptions options;
  options.level = fault::Level::kShould;
  options.jobs = 2;
  for (const Strategy& strategy : Strategies()) {
    if (WhyNotSimulated(strategy) == nullptr) {
      options.strategies.push_back(&strategy);
    }
  }
  uint64_t runs = 0;
  for (auto _ : state) {
    for (const SweepReport& report : SweepStrategies(options)) {
      runs += report.runs;
      if (!report.passed()) {
        state.SkipWithError("a rule was broken");
      }
    }
  }
  state.counters["runs"] = static_cast<double>(runs);
}
BENCHMARK(SweepOfAll)->Unit(benchmark::kSecond)->Iterations(1)->UseRealTime();

const int kRegistered = [] {
  for (const Strategy& strategy : Strategies()) {
    if (WhyNotSimulated(strategy) == nullptr) {
      benchmark::RegisterBenchmark(
          ("Schedules/" + std::string(strategy.name)).c_str(),
          [&strategy](benchmark::State& state) { Schedules(state, strategy); });
    }
  }
  return 0;
}();

}  // namespace
}  // namespace eagain::sim
