#include "eagain/cli/simulated/campaign.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "eagain/cli/simulated/simulated_strategy.h"

namespace eagain {
namespace {

// How many seeds are one part of the work.
constexpr uint64_t kChunk = 1'000;

struct Part {
  std::string name;
  std::function<void()> work;
};

// Threads take the parts in their order.
void WorkOff(const std::vector<Part>& parts, const CampaignOptions& options) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  size_t done = 0;
  const auto take = [&] {
    for (size_t i = next++; i < parts.size(); i = next++) {
      parts[i].work();
      const std::lock_guard lock(mutex);
      ++done;
      if (options.progress) {
        options.progress(parts[i].name, done, parts.size());
      }
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < options.jobs; ++i) {
    threads.emplace_back(take);
  }
  take();
}

// What the swarm's parts of one strategy know of each other.
struct Swarming {
  std::atomic<uint64_t> failing = UINT64_MAX;  // the first of a part in which a seed failed
  std::vector<sim::SwarmReport> parts;
};

void SwarmPart(const Strategy& strategy, fault::Level level, uint64_t first, uint64_t last,
               Swarming& swarming, sim::SwarmReport& report) {
  const auto useful = [&] { return swarming.failing.load() >= first; };
  if (!useful()) {
    return;  // an earlier seed failed
  }
  sim::SwarmOptions options;
  options.first_seed = first;
  options.last_seed = last;
  options.expectations = ExpectationsOf(strategy);
  options.level = level;
  report = sim::Swarm(SimulatedStrategy(strategy), options);
  if (!report.failures.empty()) {
    uint64_t known = swarming.failing.load();
    while (first < known && !swarming.failing.compare_exchange_weak(known, first)) {
    }
  }
}

// Up to the first part with a failure: what came of later ones is chance.
sim::SwarmReport Joined(std::vector<sim::SwarmReport>& parts) {
  sim::SwarmReport joined;
  for (sim::SwarmReport& part : parts) {
    joined.seeds += part.seeds;
    joined.calls += part.calls;
    joined.faults += part.faults;
    joined.failures = std::move(part.failures);
    if (!joined.failures.empty()) {
      break;
    }
  }
  return joined;
}

}  // namespace

std::vector<sim::SweepReport> SweepStrategies(const CampaignOptions& options) {
  const std::vector<sim::Scenario> scenarios = sim::StandardScenarios();
  std::vector<std::vector<sim::SweepReport>> reports(options.strategies.size());
  std::vector<Part> parts;
  for (size_t i = 0; i < options.strategies.size(); ++i) {
    reports[i].resize(scenarios.size());
    for (size_t k = 0; k < scenarios.size(); ++k) {
      const Strategy& strategy = *options.strategies[i];
      parts.push_back({std::string(strategy.name) + ": " + scenarios[k].name,
                       [&, &report = reports[i][k], &scenario = scenarios[k], &swept = strategy] {
                         sim::SweepOptions sweep;
                         sweep.scenarios = {scenario};
                         sweep.expectations = ExpectationsOf(swept);
                         sweep.level = options.level;
                         report = sim::Sweep(SimulatedStrategy(swept), sweep);
                       }});
    }
  }
  WorkOff(parts, options);
  std::vector<sim::SweepReport> joined(reports.size());
  for (size_t i = 0; i < reports.size(); ++i) {
    for (sim::SweepReport& part : reports[i]) {
      joined[i].scenarios += part.scenarios;
      joined[i].skipped += part.skipped;
      joined[i].calls += part.calls;
      joined[i].runs += part.runs;
      std::move(part.failures.begin(), part.failures.end(), std::back_inserter(joined[i].failures));
    }
  }
  return joined;
}

std::vector<sim::SwarmReport> SwarmStrategies(const CampaignOptions& options, uint64_t first,
                                              uint64_t last) {
  const size_t chunks = static_cast<size_t>((last - first) / kChunk + 1);
  std::vector<Swarming> swarming(options.strategies.size());
  std::vector<Part> parts;
  for (size_t i = 0; i < swarming.size(); ++i) {
    swarming[i].parts.resize(chunks);
    for (size_t k = 0; k < chunks; ++k) {
      const uint64_t from = first + k * kChunk;
      const uint64_t to = std::min(last, from + kChunk - 1);
      parts.push_back({std::string(options.strategies[i]->name), [&, i, k, from, to] {
                         SwarmPart(*options.strategies[i], options.level, from, to, swarming[i],
                                   swarming[i].parts[k]);
                       }});
    }
  }
  WorkOff(parts, options);
  std::vector<sim::SwarmReport> joined;
  for (Swarming& one : swarming) {
    joined.push_back(Joined(one.parts));
  }
  return joined;
}

}  // namespace eagain
