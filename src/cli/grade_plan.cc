#include "eagain/cli/grade_plan.h"

#include <fmt/format.h>

#include <utility>

#include "eagain/runner/spare_slots.h"
#include "eagain/servers/registry.h"

namespace eagain::cli {
namespace {

grade::RubricContext Context() {
  grade::RubricContext context;
  for (const Strategy& strategy : Strategies()) {
    context.strategies.emplace_back(strategy.name);
  }
  return context;
}

// The strategy that the rubric requires, if it does.
void Require(const std::string& strategy, CheckArguments& check) {
  if (strategy.empty()) {
    return;
  }
  if (!check.strategy.empty() && check.strategy != strategy) {
    throw runner::BadUsage(fmt::format("--strategy {}: the rubric requires a server of strategy {}",
                                       check.strategy, strategy));
  }
  check.strategy = strategy;
}

}  // namespace

grade::Rubric ReadRubric(const std::string& path) { return grade::ReadRubric(path, Context()); }

void AddGradeOptions(CLI::App& verb, GradeArguments& arguments) {
  verb.add_option("--rubric", arguments.rubric, "what is checked, and what it is worth (TOML)")
      ->type_name("FILE")
      ->required();
  CLI::Option* build =
      verb.add_option("--build", arguments.build,
                      "a shell's command line that builds the submission, run once, in the sandbox")
          ->type_name("CMD");
  verb.add_option("--all", arguments.all,
                  "grade every submission in DIR, each a folder; what is graded already is not "
                  "graded again")
      ->type_name("DIR");
  verb.add_option("--results", arguments.results,
                  "of --all: where the reports go (default: DIR-results)")
      ->type_name("DIR");
  verb.add_option("--time-limit", arguments.time_limit,
                  "seconds for all checks of a submission; what is left then is not reached "
                  "(default: none; of --all: 1800)")
      ->check(CLI::Range(1, 1'000'000));
  verb.add_option("--memory", arguments.memory_mib,
                  "the most that a server and all of its processes may have")
      ->type_name("MIB")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  verb.add_option("--processes", arguments.processes, "the most processes and threads of a server")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  verb.add_flag("--allow-weak-sandbox", arguments.allow_weak_sandbox,
                "go on where this machine allows no sandbox; what is not protected is told");
  verb.add_option("--submission", arguments.submission, "its name, for the report")
      ->type_name("NAME");
  verb.add_option("--fingerprint", arguments.fingerprint)->group("");  // for --all itself
  verb.add_option("--spare-slots", arguments.spare_slots)->group("");  // as well
  AddCheckOptions(verb, arguments.check);
  AddBuildSanitizedOption(verb, arguments.check.memory, build);
  for (const char* of_the_rubric : {"--role", "--level"}) {
    verb.remove_option(verb.get_option(of_the_rubric));
  }
}

GradePlan MakeGradePlan(const GradeArguments& arguments, std::string program,
                        std::vector<std::string> command) {
  GradePlan plan;
  CheckArguments check = arguments.check;
  plan.rubric = ReadRubric(arguments.rubric);
  check.role = checks::RoleName(plan.rubric.role);
  Require(plan.rubric.strategy, check);
  check.choice.among = plan.rubric.checks();
  plan.check = MakeCheckPlan(check, std::move(program), std::move(command));
  plan.check.counting = plan.rubric.counting();
  plan.check.gates = plan.rubric.gates();
  if (arguments.spare_slots >= 0) {
    if (!runner::AdoptSpareSlots(arguments.spare_slots)) {
      throw runner::BadUsage(
          fmt::format("--spare-slots {}: no such counter was inherited; it is for `grade --all` to "
                      "say",
                      arguments.spare_slots));
    }
    plan.check.run.spare_slots = arguments.spare_slots;
  }
  plan.check.run.time_limit = std::chrono::seconds(arguments.time_limit);
  plan.build = arguments.build;
  plan.allow_weak_sandbox = arguments.allow_weak_sandbox;
  plan.limits.memory_bytes = static_cast<uint64_t>(arguments.memory_mib) << 20U;
  plan.limits.processes = static_cast<uint64_t>(arguments.processes);
  plan.submission = arguments.submission;
  plan.fingerprint = arguments.fingerprint;
  plan.own_files = {arguments.rubric};
  if (!check.expect.empty()) {
    plan.own_files.push_back(check.expect);
  }
  return plan;
}

}  // namespace eagain::cli
