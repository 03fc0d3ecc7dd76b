#include "eagain/cli/simulate_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eagain/fault/plan/printer.h"
#include "eagain/fault/sim/trace_end.h"
#include "eagain/report/shell_quote.h"

namespace eagain::cli {
namespace {

std::string Command(const std::string& program, const Strategy& strategy,
                    const CampaignOptions& options) {
  return fmt::format("{} simulate {}{}", program, strategy.name,
                     options.level == fault::Level::kShould ? " --level should" : "");
}

std::string PlanOption(const std::string& plan) {
  return plan.empty() ? std::string() : " --plan " + report::ShellQuoted(plan);
}

std::string Replay(const std::string& command, const sim::SwarmFailure& failure) {
  const sim::Reduction& reduction = failure.shrunk.reduction;
  std::string text = fmt::format("{} --seeds {}", command, failure.seed);
  if (!reduction.clients.empty()) {
    text += fmt::format(" --clients {}", fmt::join(reduction.clients, ","));
  }
  if (reduction.messages != 0) {
    text += fmt::format(" --messages {}", reduction.messages);
  }
  text += reduction.calm ? " --calm" : "";
  const std::string plan = fault::PlanInOneLine(failure.shrunk.plan);
  // Without a plan the seed's own faults would happen: "seed 1" is a plan in which none do.
  return text + PlanOption(plan.empty() ? "seed 1" : plan);
}

const char* ResultOf(bool passed) { return passed ? "passed" : "FAILED"; }

}  // namespace

bool TellOfSweep(std::ostream& out, const std::string& program, const CampaignOptions& options,
                 const std::vector<sim::SweepReport>& reports) {
  bool passed = true;
  for (size_t i = 0; i < reports.size(); ++i) {
    for (const sim::SweepFailure& failure : reports[i].failures) {
      const std::string command = Command(program, *options.strategies[i], options);
      out << fmt::format("{}, {}: {}: {}\n  fault: {}\n{}  again: {} --scenario {}{} --trace\n\n",
                         options.strategies[i]->name, failure.scenario, failure.violation.rule,
                         failure.violation.what, failure.plan.empty() ? "none" : failure.plan,
                         sim::EndOfTrace(failure.trace), command,
                         report::ShellQuoted(failure.scenario), PlanOption(failure.plan));
    }
    passed = passed && reports[i].passed();
  }
  out << fmt::format("{:<12}{:>10}{:>12}{:>12}{:>10}  {}\n", "strategy", "scenarios", "calls",
                     "runs", "failures", "result");
  for (size_t i = 0; i < reports.size(); ++i) {
    const sim::SweepReport& one = reports[i];
    out << fmt::format(
        "{:<12}{:>10}{:>12}{:>12}{:>10}  {}{}\n", options.strategies[i]->name, one.scenarios,
        one.calls, one.runs, one.failures.size(), ResultOf(one.passed()),
        one.skipped > 0 ? fmt::format(" ({} scenarios need concurrency)", one.skipped) : "");
  }
  return passed;
}

bool TellOfSwarm(std::ostream& out, const std::string& program, const CampaignOptions& options,
                 const std::vector<sim::SwarmReport>& reports) {
  bool passed = true;
  for (size_t i = 0; i < reports.size(); ++i) {
    for (const sim::SwarmFailure& failure : reports[i].failures) {
      const std::string command = Command(program, *options.strategies[i], options);
      out << fmt::format(
          "{}, seed {}: {}: {}\n{}  again: {} --seeds {} --trace\n\nshrunk in {} runs to {}: {}\n{}"
          "  again: {} --trace\n\n",
          options.strategies[i]->name, failure.seed, failure.violation.rule, failure.violation.what,
          sim::OptionsText(failure.schedule), command, failure.seed, failure.shrunk.runs,
          failure.shrunk.violation.rule, failure.shrunk.violation.what,
          sim::EndOfTrace(failure.trace), Replay(command, failure));
    }
    passed = passed && reports[i].passed();
  }
  out << fmt::format("{:<12}{:>10}{:>14}{:>12}{:>10}  {}\n", "strategy", "seeds", "calls", "faults",
                     "failures", "result");
  for (size_t i = 0; i < reports.size(); ++i) {
    const sim::SwarmReport& one = reports[i];
    out << fmt::format("{:<12}{:>10}{:>14}{:>12}{:>10}  {}\n", options.strategies[i]->name,
                       one.seeds, one.calls, one.faults, one.failures.size(),
                       ResultOf(one.passed()));
  }
  return passed;
}

}  // namespace eagain::cli
