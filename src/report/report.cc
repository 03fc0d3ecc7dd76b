#include "eagain/report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "eagain/report/escape.h"
#include "eagain/report/shell_quote.h"
#include "eagain/runner/memory_pass.h"

namespace eagain::report {
namespace {

using checks::Verdict;
using runner::CheckResult;

// A timeline is a picture: of a very long one, its beginning and its end are enough.
constexpr size_t kMostEvents = 400;

std::string_view KindName(driver::EventKind kind) {
  switch (kind) {
    case driver::EventKind::kConnect:
      return "connect";
    case driver::EventKind::kSend:
      return "send";
    case driver::EventKind::kReceive:
      return "receive";
    case driver::EventKind::kHalfClose:
      return "half-close";
    case driver::EventKind::kClose:
      return "close";
    case driver::EventKind::kReset:
      return "reset";
    case driver::EventKind::kEof:
      return "eof";
    case driver::EventKind::kServer:
      return "server";
    case driver::EventKind::kNote:
      return "note";
    case driver::EventKind::kStall:
      return "stall";
    case driver::EventKind::kUnaccepted:
      return "unaccepted";
    case driver::EventKind::kAccept:
      return "accept";
    case driver::EventKind::kFault:
      return "fault";
    case driver::EventKind::kExit:
      return "exit";
    case driver::EventKind::kVerdict:
      return "verdict";
  }
  return "note";
}

TimelineEvent Shown(const driver::Event& event) {
  return {.at_us = event.at.count(),
          .client = event.client,
          .kind = std::string(KindName(event.kind)),
          .bytes = event.bytes,
          .text = EscapeLine(event.text),
          .until_us = event.until.count()};
}

std::vector<TimelineEvent> Shown(const std::vector<driver::Event>& events) {
  std::vector<TimelineEvent> shown;
  for (size_t at = 0; at < events.size(); ++at) {
    const bool middle = events.size() > kMostEvents && at >= kMostEvents / 2 &&
                        at < events.size() - kMostEvents / 2;
    if (!middle) {
      shown.push_back(Shown(events[at]));
    } else if (at == kMostEvents / 2) {
      shown.push_back(
          {.at_us = events[at].at.count(),
           .client = 0,
           .kind = "note",
           .bytes = 0,
           .text = fmt::format("{} events are left out here", events.size() - kMostEvents),
           .until_us = 0});
    }
  }
  return shown;
}

std::vector<std::string> EscapedLines(const std::vector<std::string>& lines) {
  std::vector<std::string> escaped;
  std::transform(lines.begin(), lines.end(), std::back_inserter(escaped), EscapeLine);
  return escaped;
}

std::string Repro(const CheckResult& result, const RunFacts& facts) {
  const std::string id(result.check->id);
  std::vector<std::string> words = {
      facts.program, "check", "--only", id, "--seed", fmt::format("{}", facts.seed)};
  const auto add = [&](const char* option, std::string value) {
    words.emplace_back(option);
    words.push_back(std::move(value));
  };
  if (facts.role == checks::Role::kClient) {
    add("--role", "client");
  }
  if (!facts.strategy.empty()) {
    add("--strategy", facts.strategy);
  }
  if (facts.port) {
    add("--port", fmt::format("{}", *facts.port));
  }
  if (facts.counting.level == checks::Level::kShould) {
    add("--level", "should");
  }
  if (!facts.fault.plan.empty()) {
    add("--fault", facts.fault.plan);
    if (facts.fault.hostile) {
      words.emplace_back("--hostile");
    }
  }
  if (runner::ConcernOf(*result.check)) {
    if (!result.seen_in.empty()) {
      add("--only", result.seen_in);
    }
    words.insert(words.end(), facts.memory_words.begin(), facts.memory_words.end());
  }
  words.emplace_back("--");
  words.insert(words.end(), facts.command.begin(), facts.command.end());
  return ShellCommand(words);
}

void FillOutcome(CheckReport& report, const checks::Outcome& outcome) {
  report.reason = EscapeLine(outcome.reason);
  report.expected = Escape(outcome.expected);
  report.actual = Escape(outcome.actual);
  report.steps = EscapedLines(outcome.steps);
  report.faults = EscapedLines(outcome.faults);
  report.server_output = Escape(outcome.server_output);
  if (outcome.server_exit) {
    report.server_exit = EscapeLine(*outcome.server_exit);
  }
  report.duration_ms = outcome.duration.count();
  if (outcome.partial) {
    report.partial = {.done = outcome.partial->done,
                      .of = outcome.partial->of,
                      .what = EscapeLine(outcome.partial->what)};
  }
}

CheckReport MakeCheckReport(const CheckResult& result, const RunFacts& facts) {
  const checks::Check& check = *result.check;
  CheckReport report;
  report.id = check.id;
  report.family = check.family();
  report.level = checks::LevelName(check.level);
  report.requirement = check.requirement;
  report.why = check.why;
  report.source = check.source;
  report.verdict = checks::VerdictName(result.verdict);
  report.skip_kind = runner::SkipKindName(result.skip);
  FillOutcome(report, result.outcome);
  report.repro = Repro(result, facts);
  const runner::Score score = runner::ScoreOf(result, facts.counting);
  report.score = score.score;
  report.max_score = score.max;
  report.flaky = result.flaky();
  for (const Verdict run : result.runs) {
    report.runs.emplace_back(checks::VerdictName(run));
  }
  report.gate_only = result.gate_only;
  if (result.known_failure) {
    report.known_failure = EscapeLine(*result.known_failure);
  }
  report.unexpected_pass = result.unexpected_pass();
  if (result.verdict == Verdict::kFail || result.verdict == Verdict::kTimeout) {
    report.timeline = Shown(result.outcome.timeline);
  }
  return report;
}

// The rules of --fault that fired in no check.
std::vector<std::string> NeverFired(const runner::RunResult& result) {
  std::vector<checks::RuleFired> rules;
  for (const CheckResult& check : result.checks) {
    rules.resize(std::max(rules.size(), check.rules.size()));
    for (size_t i = 0; i < check.rules.size(); ++i) {
      rules[i] = {check.rules[i].rule, rules[i].fired + check.rules[i].fired};
    }
  }
  std::vector<std::string> never;
  for (const checks::RuleFired& rule : rules) {
    if (rule.fired == 0) {
      never.push_back(EscapeLine(rule.rule));
    }
  }
  return never;
}

}  // namespace

bool CheckReport::is_advice(std::string_view lowest_level) const {
  return level == "should" && lowest_level == "must" && max_score == 0 && verdict != "error";
}

Report WithoutHidden(Report report) {
  std::erase_if(report.checks,
                [](const CheckReport& check) { return check.visibility != "visible"; });
  return report;
}

Summary Report::summary() const {
  Summary summary;
  for (const CheckReport& check : checks) {
    const bool failed = check.verdict == "fail" || check.verdict == "timeout";
    summary.passed += check.verdict == "pass" ? 1 : 0;
    summary.failed += check.verdict == "fail" ? 1 : 0;
    summary.skipped += check.verdict == "skip" ? 1 : 0;
    summary.errors += check.verdict == "error" ? 1 : 0;
    summary.timeouts += check.verdict == "timeout" ? 1 : 0;
    summary.flaky += check.flaky ? 1 : 0;
    summary.score += check.score;
    summary.max_score += check.max_score;
    summary.advice += failed && check.is_advice(level) ? 1 : 0;
    summary.known_failures += failed && check.known_failure ? 1 : 0;
    summary.unexpected_passes += check.unexpected_pass ? 1 : 0;
    summary.not_reached += check.skip_kind == "not-reached" ? 1 : 0;
  }
  if (grading) {  // said of the items, which are exact where the sum of many shares is not
    summary.score = summary.max_score = 0;
    for (const ItemReport& item : grading->items) {
      summary.score += item.score;
      summary.max_score += item.max_score;
    }
  }
  return summary;
}

std::vector<Family> ByFamily(const Report& report) {
  std::vector<const CheckReport*> checks;
  for (const CheckReport& check : report.checks) {
    checks.push_back(&check);
  }
  return ByFamily(checks);
}

std::vector<Family> ByFamily(const std::vector<const CheckReport*>& checks) {
  std::vector<Family> families;
  for (const CheckReport* check : checks) {
    const auto found = std::find_if(families.begin(), families.end(), [&](const Family& family) {
      return family.first == check->family;
    });
    if (found == families.end()) {
      families.push_back({check->family, {check}});
    } else {
      found->second.push_back(check);
    }
  }
  return families;
}

std::string JudgementName(runner::Judgement judgement) {
  switch (judgement) {
    case runner::Judgement::kConforms:
      return "conforms";
    case runner::Judgement::kDoesNotConform:
      return "does-not-conform";
    case runner::Judgement::kHarnessFailed:
      return "harness-failed";
    case runner::Judgement::kOnlyFlaky:
      return "flaky";
  }
  return "harness-failed";
}

int ExitStatusOf(runner::Judgement judgement) {
  switch (judgement) {
    case runner::Judgement::kConforms:
      return 0;
    case runner::Judgement::kDoesNotConform:
      return 1;
    case runner::Judgement::kHarnessFailed:
      return 3;
    case runner::Judgement::kOnlyFlaky:
      return 4;
  }
  return 3;
}

Report MakeReport(const runner::RunResult& result, const RunFacts& facts) {
  Report report;
  report.version = facts.version;
  report.program = EscapeLine(facts.program);
  report.role = checks::RoleName(facts.role);
  report.command = EscapedLines(facts.command);
  report.strategy = EscapeLine(facts.strategy);
  report.port = facts.port;
  report.seed = facts.seed;
  report.fault_plan = EscapeLine(facts.fault.plan);
  report.fault_seed = facts.fault.seed.value_or(facts.seed);
  report.hostile = facts.fault.hostile;
  report.never_fired = NeverFired(result);
  report.level = checks::LevelName(facts.counting.level);
  report.repeat = facts.repeat;
  report.shard_index = facts.shard_index;
  report.shard_count = facts.shard_count;
  report.isolation = facts.isolation;
  report.timeout_scale = facts.timeout_scale;
  report.started = facts.started;
  report.duration_ms = result.duration.count();
  report.interrupted = result.interrupted;
  const runner::Judgement judgement = runner::Judge(result, facts.counting);
  report.judgement = JudgementName(judgement);
  report.exit_status = ExitStatusOf(judgement);
  for (const CheckResult& check : result.checks) {
    report.checks.push_back(MakeCheckReport(check, facts));
  }
  return report;
}

}  // namespace eagain::report
