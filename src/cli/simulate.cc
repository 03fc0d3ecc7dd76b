#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>

#include "eagain/cli/simulate_report.h"
#include "eagain/cli/simulated/campaign.h"
#include "eagain/cli/simulated/simulated_strategy.h"
#include "eagain/cli/strategy_named.h"
#include "eagain/cli/verbs.h"
#include "eagain/fault/plan/parser.h"
#include "eagain/fault/sim/plan_faults.h"
#include "eagain/fault/sim/trace_end.h"
#include "eagain/report/style.h"
#include "eagain/runner/bad_usage.h"

namespace eagain::cli {
namespace {

using runner::BadUsage;

constexpr const char* kExamples = R"(Examples:
  eagain simulate all --sweep                        every fault at every call of every scenario
  eagain simulate epoll --seeds 1..100000            so many schedules, each drawn from its seed
  eagain simulate epoll --seeds 17 --trace           one of them, call by call
  eagain simulate epoll --scenario backpressure --plan 'send short 1 on client at 3'

Exit status: 0 the rules held; 1 one was broken; 2 bad usage.)";

struct SimulateArguments {
  std::string strategy;
  bool sweep = false;
  std::string seeds;
  std::string scenario;
  std::string plan;
  bool hostile = false;
  bool trace = false;
  sim::Reduction reduction;
  std::string level = "must";
  unsigned jobs = 0;  // 0: as many as there are processors
};

struct Seeds {
  uint64_t first = 1;
  uint64_t last = 1;
};

Seeds ReadSeeds(const std::string& text) {
  const auto number = [&](std::string_view digits) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      throw BadUsage(
          fmt::format("--seeds: '{}' is no number; seeds are written 17 or 1..1000", digits));
    }
    return value;
  };
  const size_t dots = text.find("..");
  const uint64_t first = number(std::string_view(text).substr(0, dots));
  const uint64_t last =
      dots == std::string::npos ? first : number(std::string_view(text).substr(dots + 2));
  if (last < first || last - first >= 1'000'000'000) {
    throw BadUsage(
        fmt::format("--seeds {}: from 1 to 1,000,000,000 seeds, the smaller first", text));
  }
  return {first, last};
}

std::vector<const Strategy*> ReadStrategies(const std::string& name) {
  std::vector<const Strategy*> strategies;
  if (name != "all") {
    const Strategy& strategy = StrategyNamed(name);
    if (const char* reason = WhyNotSimulated(strategy)) {
      throw BadUsage(fmt::format("{} cannot be simulated: {}", name, reason));
    }
    return {&strategy};
  }
  for (const Strategy& strategy : Strategies()) {
    if (WhyNotSimulated(strategy) == nullptr) {
      strategies.push_back(&strategy);
    } else {
      fmt::print(stderr, "eagain: {} is left out: {}\n", strategy.name, WhyNotSimulated(strategy));
    }
  }
  return strategies;
}

sim::Scenario ReadScenario(const std::string& name) {
  std::vector<std::string> names;
  for (sim::Scenario& scenario : sim::StandardScenarios()) {
    if (scenario.name == name) {
      return std::move(scenario);
    }
    names.push_back(scenario.name);
  }
  throw BadUsage(
      fmt::format("there is no scenario '{}'; there are: {}", name, fmt::join(names, "; ")));
}

fault::Level LevelOf(const SimulateArguments& arguments) {
  return arguments.level == "must" ? fault::Level::kMust : fault::Level::kShould;
}

CampaignOptions CampaignOf(const SimulateArguments& arguments) {
  CampaignOptions options;
  options.strategies = ReadStrategies(arguments.strategy);
  options.level = LevelOf(arguments);
  options.jobs =
      arguments.jobs != 0 ? arguments.jobs : std::max(1U, std::thread::hardware_concurrency());
  const report::Style style = report::StyleOf(STDERR_FILENO);
  if (style.live) {
    options.progress = [style](const std::string& what, size_t done, size_t total) {
      const std::string line = fmt::format("[{}/{}] {}", done, total, what);
      std::cerr << "\r\033[K" << (done < total ? report::CutTo(line, style.width - 1) : "")
                << std::flush;
    };
  }
  return options;
}

// One run, or one of each seed, under a plan or not, told in full.
class Replay {
 public:
  explicit Replay(const SimulateArguments& arguments)
      : arguments_(arguments),
        strategy_(*ReadStrategies(arguments.strategy).front()),
        expectations_(ExpectationsOf(strategy_)) {}

  int run() {
    if (!arguments_.plan.empty()) {
      fault::ParsedPlan parsed = fault::LoadPlan(arguments_.plan, arguments_.hostile, "--plan");
      if (!parsed.ok()) {
        fmt::print(stderr, "{}", parsed.error_text());
        return kBadUsage;
      }
      plan_ = std::move(parsed.plan);
    }
    if (!arguments_.scenario.empty()) {
      return run({ReadScenario(arguments_.scenario), {}});
    }
    const Seeds seeds = ReadSeeds(arguments_.seeds);
    int status = kConforms;
    for (uint64_t seed = seeds.first; seed <= seeds.last && status == kConforms; ++seed) {
      status = run(sim::ScheduleOf(seed, expectations_.serial, LevelOf(arguments_)));
    }
    return status;
  }

 private:
  int run(const sim::Schedule& schedule) {
    const sim::Scenario scenario = reduced(schedule.scenario);
    sim::PlanFaults planned(plan_, {.seed = std::nullopt, .hostile = arguments_.hostile});
    sim::RandomFaults drawn(schedule.faults);
    const bool by_plan = !arguments_.plan.empty();
    sim::Faults* faults = by_plan ? static_cast<sim::Faults*>(&planned) : &drawn;
    std::string trace;
    sim::Simulation simulation(SimulatedStrategy(strategy_), expectations_);
    const sim::RunResult result = simulation.run(scenario, faults, &trace);
    std::cout << fmt::format("{}, {}\n", strategy_.name, scenario.name)
              << (by_plan ? sim::ScenarioText(scenario)
                          : sim::OptionsText({scenario, schedule.faults}))
              << (arguments_.trace ? trace
                  : result.ok()    ? ""
                                   : sim::EndOfTrace(trace))
              << (by_plan ? planned.run().report() : "")
              << fmt::format("{}, {}: {}\n", strategy_.name, scenario.name, Verdict(result));
    return result.ok() ? kConforms : kDoesNotConform;
  }

  sim::Scenario reduced(const sim::Scenario& scenario) const {
    if (scenario.needs_concurrency && expectations_.serial) {
      throw BadUsage(
          fmt::format("scenario '{}' is not for a server that serves one client after the other",
                      scenario.name));
    }
    for (const uint32_t client : arguments_.reduction.clients) {
      if (client < 1 || client > scenario.clients.size()) {
        throw BadUsage(fmt::format("--clients {}: {} has clients 1 to {}", client, scenario.name,
                                   scenario.clients.size()));
      }
    }
    return sim::Reduced(scenario, arguments_.reduction);
  }

  static std::string Verdict(const sim::RunResult& result) {
    return result.ok() ? fmt::format("the rules hold ({} calls)", result.calls)
                       : result.violation->rule + ": " + result.violation->what;
  }

  const SimulateArguments& arguments_;
  const Strategy& strategy_;
  sim::Expectations expectations_;
  fault::Plan plan_;
};

int SweepThem(const SimulateArguments& arguments, const std::string& program) {
  const CampaignOptions options = CampaignOf(arguments);
  return TellOfSweep(std::cout, program, options, SweepStrategies(options)) ? kConforms
                                                                            : kDoesNotConform;
}

int SwarmThem(const SimulateArguments& arguments, const std::string& program) {
  const Seeds seeds = ReadSeeds(arguments.seeds);
  const CampaignOptions options = CampaignOf(arguments);
  const std::vector<sim::SwarmReport> reports = SwarmStrategies(options, seeds.first, seeds.last);
  return TellOfSwarm(std::cout, program, options, reports) ? kConforms : kDoesNotConform;
}

int Simulate(const SimulateArguments& arguments, const std::string& program) {
  const int modes = (arguments.sweep ? 1 : 0) + (arguments.seeds.empty() ? 0 : 1) +
                    (arguments.scenario.empty() ? 0 : 1);
  if (modes != 1) {
    throw BadUsage("say one of --sweep, --seeds A..B and --scenario NAME");
  }
  const bool reduced = arguments.reduction != sim::Reduction();
  const bool one_by_one = !arguments.plan.empty() || arguments.trace || reduced;
  if (arguments.sweep && one_by_one) {
    throw BadUsage(
        "--sweep tries every fault in every scenario: --plan, --trace, --clients, "
        "--messages and --calm go with --seeds or --scenario");
  }
  if (arguments.sweep) {
    return SweepThem(arguments, program);
  }
  if (!one_by_one && arguments.scenario.empty()) {
    return SwarmThem(arguments, program);
  }
  if (arguments.strategy == "all") {
    throw BadUsage(
        "--scenario, --plan, --trace, --clients, --messages and --calm are for one strategy, "
        "not for all");
  }
  return Replay(arguments).run();
}

void AddOptions(CLI::App& verb, SimulateArguments& arguments) {
  verb.add_option("strategy", arguments.strategy, "one of `eagain list strategies`, or all")
      ->required();
  verb.add_flag("--sweep", arguments.sweep,
                "every scenario, and again with every fault at every call");
  verb.add_option("--seeds", arguments.seeds,
                  "A or A..B: schedules, each with another machine, other clients, other faults");
  verb.add_option("--scenario", arguments.scenario, "one of the sweep's scenarios");
  CLI::Option* plan =
      verb.add_option("--plan", arguments.plan,
                      "a fault plan, a file (*.plan) or its text, instead of what a seed says");
  verb.add_flag("--hostile", arguments.hostile, "allow faults that no kernel makes")->needs(plan);
  verb.add_flag("--trace", arguments.trace, "show every call");
  verb.add_option("--clients", arguments.reduction.clients, "only these clients: 1,3")
      ->delimiter(',');
  verb.add_option("--messages", arguments.reduction.messages, "at most so many of each client")
      ->check(CLI::PositiveNumber);
  verb.add_flag("--calm", arguments.reduction.calm,
                "a machine on which nothing is late, cut or out of order");
  verb.add_option("--level", arguments.level,
                  "of the faults: what every server survives, or a careful one")
      ->check(CLI::IsMember({"must", "should"}))
      ->capture_default_str();
  verb.add_option("--jobs", arguments.jobs, "threads; 0: one a processor")
      ->check(CLI::Range(0U, 256U))
      ->capture_default_str();
  verb.footer(kExamples);
}

}  // namespace

void AddSimulate(CLI::App& app, Action& action, const Invocation& invocation) {
  auto arguments = std::make_shared<SimulateArguments>();
  CLI::App* verb =
      app.add_subcommand("simulate", "run the servers in a simulated kernel, with faults");
  AddOptions(*verb, *arguments);
  const std::string program = invocation.program;
  verb->callback([arguments, program, &action] {
    action = [arguments, program] { return Simulate(*arguments, program); };
  });
}

}  // namespace eagain::cli
