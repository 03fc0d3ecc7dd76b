// eagain inject PLAN -- CMD: any program under a fault plan, unmodified.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "eagain/cli/command_verb.h"
#include "eagain/cli/fault_option.h"
#include "eagain/cli/verbs.h"
#include "eagain/fault/inject/injector.h"
#include "eagain/fault/inject/replay.h"
#include "eagain/runner/bad_usage.h"

namespace eagain::cli {
namespace {

using runner::BadUsage;

struct InjectArguments {
  FaultArguments fault;
  std::string log;
  std::string replay;
  bool unlink_log = false;
  bool observe = false;
  bool quiet = false;
};

// Which faults: those of a plan, those of a log, or none.
fault::InjectOptions Options(const InjectArguments& arguments) {
  fault::InjectOptions options;
  options.observe = arguments.observe;
  options.log = arguments.log;
  options.unlink_log = arguments.unlink_log;
  options.report = !arguments.quiet;
  if (!arguments.replay.empty()) {
    if (arguments.fault.given() || arguments.observe) {
      throw BadUsage("--replay has the plan of the log: give no other, and no --observe");
    }
    if (arguments.replay == arguments.log) {
      throw BadUsage("--replay and --log are the same file: it would be empty before it is read");
    }
    fault::Replay replay = fault::ReadReplay(arguments.replay);
    if (!replay.error.empty()) {
      throw BadUsage(replay.error);
    }
    options.plan = std::move(replay.plan);
    options.run = std::move(replay.run);
    return options;
  }
  if (!arguments.fault.given() && !arguments.observe) {
    throw BadUsage(
        "inject needs a plan: eagain inject 'send short 1 on client' -- ./my_server 7000");
  }
  if (arguments.observe && arguments.log.empty()) {
    throw BadUsage("--observe records, and needs --log FILE to say where");
  }
  if (arguments.fault.given()) {
    std::optional<fault::Plan> plan = ReadPlan(arguments.fault);
    if (!plan) {
      throw BadUsage("the plan above is not usable (eagain list faults says what can happen)");
    }
    options.plan = std::move(*plan);
    options.run = arguments.fault.run_options();
  }
  return options;
}

int Inject(const InjectArguments& arguments, const std::vector<std::string>& command) {
  if (command.empty()) {
    throw BadUsage("inject needs a program after --: eagain inject PLAN -- ./my_server 7000");
  }
  const fault::InjectFailure failure = fault::ExecUnderInjection(command, Options(arguments));
  fmt::print(stderr, "eagain: {}\n", failure.message);
  return failure.kind == fault::InjectFailure::Kind::kNotPermitted ? kHarnessFailed : kBadUsage;
}

}  // namespace

void AddInject(CLI::App& app, Action& action, Invocation& invocation) {
  auto arguments = std::make_shared<InjectArguments>();
  CLI::App* verb = app.add_subcommand("inject", "run any program under a fault plan");
  verb->footer(R"(Examples:
  eagain inject "send short 1 on client every 3" -- ./my_server 7000
  eagain inject plan.plan --log faults.jsonl -- python3 server.py 7000
  eagain inject --observe --log calls.jsonl -- ./my_server 7000)");
  TakesCommand(*verb);
  verb->add_option("plan", arguments->fault.plan,
                   "a fault plan: a file (*.plan), or its text: 'send short 1 on client every 3'");
  verb->add_option("--log", arguments->log,
                   "write each fault to this file as it happens, as lines of JSON");
  verb->add_flag("--unlink-log", arguments->unlink_log)->group("");  // for checks
  verb->add_flag("--observe", arguments->observe,
                 "let nothing go wrong, and log the calls that the plan names, or all");
  verb->add_option("--replay", arguments->replay,
                   "instead of a plan: let the faults of this log happen again, at the same calls");
  verb->add_option("--seed", arguments->fault.seed,
                   "seed of the plan's chances, instead of its own");
  verb->add_flag("-q,--quiet", arguments->quiet, "say nothing at the end of what never fired");
  verb->add_flag("--hostile", arguments->fault.hostile, "allow faults that no kernel makes");
  verb->callback([arguments, verb, &action, &invocation] {
    RefuseExtras(*verb);
    action = [arguments, command = std::exchange(invocation.command, std::nullopt)] {
      return Inject(*arguments, command.value_or(std::vector<std::string>{}));
    };
  });
}

}  // namespace eagain::cli
