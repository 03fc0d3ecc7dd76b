#include "verdict_of.h"

#include <sys/prctl.h>

#include <stdexcept>
#include <utility>

#include "eagain/fault/inject/injector.h"

namespace eagain::checks {
namespace {

Command Python(const std::string& script, const Command& arguments) {
  Command command = {"/usr/bin/python3", std::string(EAGAIN_TEST_SERVERS "/") + script};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

}  // namespace

Command RightServer() { return Python("right.py", {"{port}"}); }

Command RightServerWithBacklog(int backlog) {
  return Python("right.py", {"{port}", std::to_string(backlog)});
}

Command PeekingServer() { return Python("right.py", {"{port}", "128", "peek"}); }

Command SlowServer() { return Python("right.py", {"{port}", "128", "slow"}); }

Command OneByOneServer() { return Python("one_by_one.py", {"{port}"}); }

Command EdgeTriggeredServer(int budget) {
  return {EAGAIN_EDGE_TRIGGERED_SERVER, "{port}", std::to_string(budget)};
}

Command WrongServer(const std::string& defect) { return Python("wrong.py", {defect, "{port}"}); }

Command Student(const std::string& strategy, const std::string& defect) {
  return {EAGAIN_STUDENT, strategy, "--defect", defect, "{port}"};
}

Command BelowShell(const Command& command) {
  Command shell = {"/bin/sh", "-c", "\"$@\"; exit $?", "sh"};
  shell.insert(shell.end(), command.begin(), command.end());
  return shell;
}

namespace {

Outcome Run(std::string_view check, ContextOptions options, double haste = 1) {
  const Check* found = FindCheck(check);
  if (found == nullptr) {
    throw std::invalid_argument("no check " + std::string(check));
  }
  // As the runner's workers do: what loses its parent is handed to this process.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const auto times = [&](int milliseconds) {
    return std::chrono::milliseconds(static_cast<int>(milliseconds * haste));
  };
  options.patience.quiet = times(700);
  options.patience.busy = times(2500);
  options.patience.unfair = times(6000);
  options.patience.scale = 1 / haste;
  return RunCheck(*found, options);
}

}  // namespace

Outcome VerdictOf(std::string_view check, const Command& server, const std::string& strategy) {
  ContextOptions options;
  options.command.argv = server;
  options.strategy = strategy;
  options.injector.command = {EAGAIN_PROGRAM, "inject"};
  options.injector.obstacle = fault::WhyNotPermitted();
  return Run(check, std::move(options));
}

Outcome VerdictInHaste(std::string_view check, const Command& server) {
  ContextOptions options;
  options.command.argv = server;
  return Run(check, std::move(options), 10);
}

Outcome VerdictWithoutInjector(std::string_view check, const Command& server) {
  ContextOptions options;
  options.command.argv = server;
  options.injector.obstacle = "no injector in this test";
  return Run(check, std::move(options));
}

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  out << outcome.id << ": " << VerdictName(outcome.verdict) << "\nexpected: " << outcome.expected
      << "\nactual: " << outcome.actual << "\nreason: " << outcome.reason
      << "\nserver exit: " << outcome.server_exit.value_or("none")
      << "\nserver output: " << outcome.server_output << "\n"
      << outcome.duration.count() << " ms\n";
  for (const std::string& fault : outcome.faults) {
    out << "  fault: " << fault << '\n';
  }
  for (const std::string& step : outcome.steps) {
    out << "  " << step << '\n';
  }
  return out;
}

}  // namespace eagain::checks
