// A run of a few checks in which everything happens, made into a report.
#pragma once

#include <array>

#include "eagain/report/report.h"

namespace eagain::report {

constexpr checks::Check Sample(std::string_view id, std::string_view requirement,
                               checks::Level level = checks::Level::kMust) {
  checks::Check check;
  check.id = id;
  check.level = level;
  check.requirement = requirement;
  check.why = "a server that does not is of no use";
  check.source = "RFC 862";
  return check;
}

inline constexpr std::array kSampleChecks = {
    Sample("echo/one-byte", "one byte comes back"),
    Sample("echo/large", "8 MiB come back, byte for byte"),
    Sample("concurrency/second-client", "a second client is served"),
    Sample("ordering/bounded-queue", "memory is bounded", checks::Level::kShould),
    Sample("fault/sweep", "every fault is survived"),
    Sample("lifecycle/restart", "it starts again at once"),
};

inline runner::CheckResult SampleResult(size_t at, checks::Verdict verdict) {
  runner::CheckResult result;
  result.check = &kSampleChecks.at(at);
  result.verdict = verdict;
  result.runs = {verdict};
  result.outcome.id = result.check->id;
  result.outcome.verdict = verdict;
  result.outcome.duration = std::chrono::milliseconds(12);
  return result;
}

// What a server with bad manners makes of it.
inline runner::CheckResult SampleFailure() {
  runner::CheckResult result = SampleResult(1, checks::Verdict::kFail);
  result.outcome.expected = "65,536 bytes";
  result.outcome.actual = "the end after 1,024 bytes\n  00000400  61 62 63  |abc|";
  result.outcome.steps = {"client 1 connects", "client 1 sends 65,536 bytes"};
  result.outcome.faults = {"recv: short (1 byte)"};
  result.outcome.server_output = "hello\n\033[31mTraceback\xff\n";
  result.outcome.server_exit = "exit status 1";
  result.outcome.timeline = {{.at = std::chrono::microseconds(5),
                              .client = 1,
                              .kind = driver::EventKind::kHalfClose,
                              .bytes = 0,
                              .text = "\033"}};
  return result;
}

inline runner::CheckResult SampleSkip(size_t at, runner::SkipKind kind, std::string reason) {
  runner::CheckResult result = SampleResult(at, checks::Verdict::kSkip);
  result.skip = kind;
  result.outcome.reason = std::move(reason);
  return result;
}

inline runner::RunResult SampleRun() {
  runner::RunResult run;
  run.checks = {SampleResult(0, checks::Verdict::kPass),
                SampleFailure(),
                SampleSkip(2, runner::SkipKind::kByDesign, "by design (blocking): one at a time"),
                SampleResult(3, checks::Verdict::kFail),
                SampleResult(4, checks::Verdict::kTimeout),
                SampleSkip(5, runner::SkipKind::kNotApplicable, "not on this machine")};
  run.checks[4].known_failure = "ticket 12";
  run.duration = std::chrono::milliseconds(1234);
  return run;
}

inline RunFacts SampleFacts() {
  RunFacts facts;
  facts.version = "0.1.0";
  facts.program = "eagain";
  facts.command = {"python3", "my server.py", "{port}"};
  facts.strategy = "blocking";
  facts.seed = 7;
  facts.isolation = "namespace";
  facts.started = "2026-11-24T03:39:04Z";
  return facts;
}

}  // namespace eagain::report
