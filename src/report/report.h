// Report: a run in plain data, of which every format is made. All text in it is safe to show: valid
// UTF-8, control bytes written out (escape.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eagain/runner/result.h"

namespace eagain::report {

struct TimelineEvent {
  int64_t at_us = 0;
  int client = 0;    // 0: the server or the harness
  std::string kind;  // "connect", "send", "receive", "half-close", "close", "reset", "eof",
                     // "server", "note", "stall", "unaccepted", "accept", "fault", "exit",
                     // "verdict": see driver::EventKind
  uint64_t bytes = 0;
  std::string text;
  int64_t until_us = 0;  // of bytes that went in several parts, when the last one did; else 0
};

// How far a check came that failed: 312 of 1000, "clients served".
struct PartialReport {
  int done = 0;
  int of = 0;
  std::string what;
};

struct CheckReport {
  std::string id;
  std::string family;
  std::string level;  // "must", "should"
  std::string requirement;
  std::string why;
  std::string source;
  std::string verdict;    // "pass", "fail", "skip", "error", "timeout"
  std::string skip_kind;  // of skip: "not-applicable", "by-design", "not-reached"
  std::string reason;     // of skip
  std::string expected;
  std::string actual;
  std::vector<std::string> steps;
  std::vector<std::string> faults;
  std::string server_output;
  std::optional<std::string> server_exit;
  std::string repro;  // a command line for a shell
  double score = 0;
  double max_score = 0;
  int64_t duration_ms = 0;
  bool flaky = false;
  std::vector<std::string> runs;  // the verdicts of --repeat, in the order in which they ended
  bool gate_only = false;         // see runner::CheckResult
  std::optional<std::string> known_failure;  // the reason, possibly ""
  bool unexpected_pass = false;
  std::vector<TimelineEvent> timeline;   // of fail and timeout
  std::optional<PartialReport> partial;  // of fail and timeout, where it counts something
  // Of a graded run: the item of the rubric that it belongs to, and who may see it: "visible",
  // "hidden", "after_due_date" or "after_published".
  std::string item;
  std::string visibility = "visible";

  // It is of a level below the lowest that counts, and nobody gives points for it.
  bool is_advice(std::string_view lowest_level) const;
};

// An item of the rubric, with what was scored for it. All that is needed to score it again.
struct ItemReport {
  std::string name;
  std::vector<std::string> checks;  // that count, of the whole rubric (not of this shard alone)
  double points = 0;                // for all of them
  bool all_or_nothing = false;      // else the checks share the points evenly
  bool partial_credit = false;      // a check that failed gets its share of its points
  std::string visibility = "visible";
  double score = 0;
  double max_score = 0;
};

struct GradingReport {
  std::string title;
  std::vector<ItemReport> items;
};

// What --build ran, before any check.
struct BuildReport {
  std::string command;
  bool passed = false;
  std::string result;  // "exit status 2"
  std::string output;
  int64_t duration_ms = 0;
};

struct Summary {
  int passed = 0;
  int failed = 0;
  int skipped = 0;
  int errors = 0;
  int timeouts = 0;
  int flaky = 0;  // these are also among the others
  double score = 0;
  double max_score = 0;
  int advice = 0;             // of failed and timeouts: level SHOULD, which do not count
  int known_failures = 0;     // of failed and timeouts: those known to fail
  int unexpected_passes = 0;  // of passed
  int not_reached = 0;        // of skipped
};

struct Report {
  std::string version;
  std::string program = "eagain";    // how the user called it
  std::string role = "server";       // what the command is: "server", "client"
  std::vector<std::string> command;  // of the server, or of the client
  std::string strategy;              // "" when it does not say
  std::optional<uint16_t> port;      // its built-in port
  uint64_t seed = 1;
  std::string fault_plan;   // that all servers ran under (--fault), in one line; "" for none
  uint64_t fault_seed = 1;  // of its chances
  bool hostile = false;     // faults that no kernel makes were allowed (--hostile)
  std::vector<std::string> never_fired;  // rules of it that fired in no check: they prove nothing
  std::string level = "must";            // the lowest that counts
  int repeat = 1;
  int shard_index = 1;
  int shard_count = 1;
  std::string isolation;     // "namespace", "process"
  double timeout_scale = 1;  // the machine's calibration included
  std::string started;       // "2026-11-24T03:39:04Z"
  int64_t duration_ms = 0;
  bool interrupted = false;
  std::string judgement;  // "conforms", "does-not-conform", "harness-failed", "flaky"
  int exit_status = 0;
  std::vector<CheckReport> checks;
  // Of a graded run.
  std::optional<GradingReport> grading;
  std::optional<BuildReport> build;
  std::string submission;           // its name; "" when there is one alone
  std::string fingerprint;          // of it and of all that its result depends on; "" if unknown
  std::string sandbox;              // "bubblewrap", "weak"; "" when there was none
  std::vector<std::string> weak;    // what a weak sandbox does not protect
  std::vector<int> missing_shards;  // of a merged report

  Summary summary() const;
};

// The report without the checks that the rubric hides from those who are graded, now or for ever. What
// was scored for them still counts.
Report WithoutHidden(Report report);

// A family's name and its checks; both in the order in which they come in the report.
using Family = std::pair<std::string, std::vector<const CheckReport*>>;
std::vector<Family> ByFamily(const Report& report);
std::vector<Family> ByFamily(const std::vector<const CheckReport*>& checks);

std::string JudgementName(runner::Judgement judgement);
// 0, 1, 3 or 4: what the program exits with.
int ExitStatusOf(runner::Judgement judgement);

// What a report says besides the results.
struct RunFacts {
  std::string version;
  std::string program;  // how the user called eagain, for `repro`
  checks::Role role = checks::Role::kServer;
  std::vector<std::string> command;  // raw bytes; escaped in the report
  std::string strategy;
  std::optional<uint16_t> port;
  uint64_t seed = 1;
  checks::PlanOnTop fault;
  std::vector<std::string> memory_words = {};  // --sanitized CMD or --valgrind, for `repro`
  runner::Counting counting;
  int repeat = 1;
  int shard_index = 1;
  int shard_count = 1;
  std::string isolation;
  double timeout_scale = 1;
  std::string started;
};

Report MakeReport(const runner::RunResult& result, const RunFacts& facts);

}  // namespace eagain::report
