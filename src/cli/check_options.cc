#include "eagain/cli/check_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "eagain/cli/strategy_named.h"
#include "eagain/fault/plan/printer.h"

namespace eagain::cli {
namespace {

// A whole number within limits, said in one line when it is not.
CLI::Validator WholeNumber(uint64_t least, uint64_t most) {
  return {[=](std::string& text) -> std::string {
            uint64_t number = 0;
            const char* end = text.data() + text.size();
            const auto [stop, error] = std::from_chars(text.data(), end, number);
            if (error == std::errc{} && stop == end && number >= least && number <= most) {
              return {};
            }
            return most == std::numeric_limits<uint64_t>::max()
                       ? fmt::format("'{}' is no whole number from {} on", text, least)
                       : fmt::format("'{}' is no whole number from {} to {}", text, least, most);
          },
          ""};
}

CLI::Validator PositiveFactor() {
  return {[](std::string& text) -> std::string {
            char* end = nullptr;
            const double factor = std::strtod(text.c_str(), &end);
            const bool good = !text.empty() && *end == '\0' && factor > 0 && factor <= 1000;
            return good ? "" : fmt::format("'{}' is no number above 0 and up to 1000", text);
          },
          ""};
}

ReportRequest ParseReport(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    throw runner::BadUsage(
        fmt::format("--report '{}': want FORMAT=FILE, such as json=report.json; formats: {}", text,
                    FormatNames()));
  }
  const std::string name = text.substr(0, equals);
  const report::Format* format = report::FindFormat(name);
  if (format == nullptr) {
    throw runner::BadUsage(fmt::format("--report {}: there is no format '{}'; there are: {}", text,
                                       name, FormatNames()));
  }
  try {
    return {.format = format, .file = report::OutputFile(text.substr(equals + 1))};
  } catch (const report::OutputError& error) {
    throw runner::BadUsage(fmt::format("--report {}: {}", text, error.what()));
  }
}

runner::IsolationWish ParseIsolation(const std::string& name) {
  if (name == "namespace") {
    return runner::IsolationWish::kNamespace;
  }
  return name == "process" ? runner::IsolationWish::kProcess : runner::IsolationWish::kAuto;
}

std::vector<runner::DeclaredLimit> LimitsOf(const std::string& strategy) {
  std::vector<runner::DeclaredLimit> limits;
  if (!strategy.empty()) {
    for (const DeclaredLimit& limit : StrategyNamed(strategy).limits) {
      if (limit.effect == DeclaredLimit::Effect::kExcuses) {
        limits.push_back({std::string(limit.checks), std::string(limit.reason)});
      }
    }
  }
  return limits;
}

// What goes wrong with every server, whatever the check does.
checks::PlanOnTop PlanOnTopOf(const CheckArguments& arguments) {
  if (!arguments.fault.given()) {
    return {};
  }
  std::optional<fault::Plan> plan = ReadPlan(arguments.fault);
  if (!plan) {
    throw runner::BadUsage(
        "the plan above cannot be followed (`eagain list faults` says what can happen)");
  }
  const uint64_t seed = arguments.seed_given ? arguments.seed : plan->seed.value_or(arguments.seed);
  plan->seed.reset();
  return {.plan = fault::PlanInOneLine(*plan), .seed = seed, .hostile = arguments.fault.hostile};
}

// What speaks of a server says nothing of a client.
void RequireFitForClient(const CheckArguments& arguments) {
  if (!arguments.strategy.empty()) {
    throw runner::BadUsage("--strategy: a server has a strategy, and this is a client");
  }
  if (arguments.fault.given()) {
    throw runner::BadUsage("--fault: a plan is about a server's calls, and this is a client");
  }
  if (arguments.memory.given()) {
    throw runner::BadUsage(fmt::format("{}: the memory checks are of servers, and this is a client",
                                       arguments.memory.words().front()));
  }
}

}  // namespace

void RequireCommand(const std::vector<std::string>& command, checks::Role role,
                    std::optional<uint16_t> port) {
  const bool client = role == checks::Role::kClient;
  if (command.empty() || command.front().empty()) {
    throw runner::BadUsage(
        fmt::format("no {0} to check: put its command after --, as in: ... -- ./{0} {1}",
                    RoleName(role), client ? "{host} {port}" : "{port}"));
  }
  const bool told = std::any_of(command.begin(), command.end(), [](const std::string& word) {
    return word.find("{port}") != std::string::npos;
  });
  if (client && !told && !port) {
    throw runner::BadUsage(
        "the client is not told its server's port: write {port} where it belongs (or say --port N "
        "if it is built in)");
  }
}

int Processors() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? std::max(CPU_COUNT(&allowed), 1) : 1;
}

std::string FormatNames() {
  std::vector<std::string_view> names;
  for (const report::Format& format : report::Formats()) {
    names.push_back(format.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::vector<ReportRequest> ParseReports(const std::vector<std::string>& texts) {
  std::vector<ReportRequest> reports;
  for (const std::string& text : texts) {
    reports.push_back(ParseReport(text));
    const ReportRequest& added = reports.back();
    if (std::count_if(reports.begin(), reports.end(), [&](const ReportRequest& one) {
          return one.file.path() == added.file.path();
        }) > 1) {
      throw runner::BadUsage(
          fmt::format("--report {}: another report goes to the same place", text));
    }
  }
  return reports;
}

checks::Role RoleNamed(const std::string& name) {
  return name == "client" ? checks::Role::kClient : checks::Role::kServer;
}

void AddCheckOptions(CLI::App& verb, CheckArguments& arguments) {
  constexpr uint64_t kMany = 1'000'000;
  verb.add_option("--role", arguments.role,
                  "what the command is: a server, or a client, which types to a server of ours")
      ->check(CLI::IsMember({"server", "client"}))
      ->capture_default_str();
  verb.add_option("--strategy", arguments.strategy,
                  "what the server is (`eagain list strategies`): what that cannot do by design is "
                  "not held against it");
  verb.add_option("--port", arguments.port, "the port that is built into it, if there is one")
      ->check(WholeNumber(1, 65535));
  verb.add_option("--only", arguments.choice.only,
                  "run these checks only: an id, a family or a glob (`eagain list`); repeatable")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  verb.add_option("--skip", arguments.choice.skip, "leave these out; repeatable")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  verb.add_option("--level", arguments.level, "the lowest level that counts; below it is advice")
      ->check(CLI::IsMember({"must", "should"}))
      ->capture_default_str();
  verb.add_option("--jobs", arguments.jobs, "checks at a time (default: one per processor)")
      ->check(WholeNumber(1, 1024));
  verb.add_option("--repeat", arguments.repeat,
                  "run each check so often; not always alike is flaky")
      ->check(WholeNumber(1, kMany))
      ->capture_default_str();
  CLI::Option* plan = verb.add_option("--fault", arguments.fault.plan,
                                      "a fault plan for all servers: a file (*.plan), or its text: "
                                      "'send short 1 on client every 3'");
  verb.add_flag("--hostile", arguments.fault.hostile, "allow faults that no kernel makes")
      ->needs(plan);
  verb.add_option("--seed", arguments.seed, "of what is chosen at random")
      ->check(WholeNumber(0, std::numeric_limits<uint64_t>::max()))
      ->each([&arguments](const std::string&) { arguments.seed_given = true; })
      ->capture_default_str();
  AddMemoryOptions(verb, arguments.memory);
  verb.add_option("--shard", arguments.shard, "the I-th of N parts of the checks")
      ->type_name("I/N");
  verb.add_option("--expect", arguments.expect,
                  "checks known to fail, one a line, a reason after it: these do not count, and "
                  "their passing does")
      ->type_name("FILE");
  verb.add_option("--timeout-scale", arguments.timeout_scale,
                  "times all patience with the server, on top of what this machine needs")
      ->check(PositiveFactor())
      ->capture_default_str();
  verb.add_option("--isolation", arguments.isolation, "what keeps servers apart")
      ->check(CLI::IsMember({"auto", "namespace", "process"}))
      ->capture_default_str();
  verb.add_option(
          "--report", arguments.reports,
          "write a report as well, - is standard output; repeatable. Formats: " + FormatNames())
      ->type_name("FORMAT=FILE")
      ->allow_extra_args(false);
  verb.add_flag("-v,--verbose", arguments.verbose, "all steps, all of the server's output");
}

bool CheckPlan::output_is_taken() const {
  return std::any_of(reports.begin(), reports.end(), [](const ReportRequest& request) {
    return request.file.is_standard_output();
  });
}

CheckPlan MakeCheckPlan(const CheckArguments& arguments, std::string program,
                        std::vector<std::string> command) {
  CheckPlan plan;
  plan.role = RoleNamed(arguments.role);
  if (plan.role == checks::Role::kClient) {
    RequireFitForClient(arguments);
  }
  RequireCommand(command, plan.role, arguments.port);
  plan.program = std::move(program);
  plan.run.command.argv = std::move(command);
  plan.run.command.fixed_port = arguments.port;
  plan.run.strategy = arguments.strategy;
  plan.run.limits = LimitsOf(arguments.strategy);
  plan.run.seed = arguments.seed;
  plan.run.injector.on_top = PlanOnTopOf(arguments);
  plan.run.repeat = arguments.repeat;
  plan.run.jobs = arguments.jobs > 0 ? arguments.jobs : Processors();
  plan.run.patience.scale = arguments.timeout_scale;
  const std::span<const checks::Check> catalogue = checks::CatalogueOf(plan.role);
  runner::Choice choice = arguments.choice;
  choice.shard = plan.shard = runner::ParseShard(arguments.shard);
  ChooseMemoryChecks(arguments.memory, choice);
  if (arguments.memory.given()) {
    plan.memory = MakeMemoryPlan(arguments.memory, plan.run.command.argv, arguments.port, choice);
  }
  plan.checks = runner::Choose(catalogue, choice);
  plan.gates.assign(runner::StandardGates().begin(), runner::StandardGates().end());
  if (!arguments.expect.empty()) {
    plan.run.known_failures = runner::KnownFailures::Read(arguments.expect, checks::Catalogue());
  }
  plan.counting.level = arguments.level == "should" ? checks::Level::kShould : checks::Level::kMust;
  plan.isolation = ParseIsolation(arguments.isolation);
  plan.verbose = arguments.verbose;
  plan.reports = ParseReports(arguments.reports);
  return plan;
}

}  // namespace eagain::cli
