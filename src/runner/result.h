// What a run found out: one result per check, and what they mean together.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "eagain/checks/check.h"
#include "eagain/checks/outcome.h"

namespace eagain::runner {

// Why a check was skipped; decides whether it counts.
enum class SkipKind {
  kNone,
  kNotApplicable,  // the check itself says that it does not apply here: not counted
  kByDesign,       // it fails, as the strategy declares: not counted
  kNotReached,     // something before it failed, or the run was cut short: counts as not met
};
std::string_view SkipKindName(SkipKind kind);  // "", "not-applicable", "by-design", "not-reached"

struct CheckResult {
  const checks::Check* check = nullptr;
  // The worst of all runs: pass, then skip, fail, timeout and error.
  checks::Verdict verdict = checks::Verdict::kError;
  SkipKind skip = SkipKind::kNone;
  checks::Outcome outcome;            // the first of those that ended in the worst verdict
  std::vector<checks::Verdict> runs;  // in the order in which they ended; empty when never run
  std::vector<checks::RuleFired> rules = {};  // of the plan on top (--fault), over all runs
  bool gate_only = false;  // not chosen: ran because others depend on it, and is shown as it failed
  // Of a memory check that failed: the check whose second run shows it.
  std::string seen_in = {};
  // Why it is known to fail (--expect), "" without a reason; nothing when it is not.
  std::optional<std::string> known_failure;

  // Not all runs ended alike. (Not said of what fails by design.)
  bool flaky() const;
  // It is known to fail, and passed every time.
  bool unexpected_pass() const;
  // How many runs ended in `verdict`.
  int times() const;
};

struct RunResult {
  std::vector<CheckResult> checks;  // in the catalogue's order
  bool interrupted = false;         // by a signal: checks that did not run are kNotReached
  std::chrono::milliseconds duration{};
};

// Which checks count: with kMust, those of level SHOULD are advice.
struct Counting {
  checks::Level level = checks::Level::kMust;
  std::vector<const checks::Check*> also = {};  // whatever their level
  bool counts(const checks::Check& check) const;
};

struct Score {
  double score = 0;
  double max = 0;
};
// One point a check that counts; none for one that is skipped by design or does not apply. A check
// that was not reached, or that ran only for others, scores 0 of its point or of nothing.
Score ScoreOf(const CheckResult& result, const Counting& counting);

enum class Judgement { kConforms, kDoesNotConform, kHarnessFailed, kOnlyFlaky };

// The harness failed if any check ended in an error or the run was cut short: then nothing else is
// certain. Otherwise the server does not conform if a check that counts failed every time (and was
// not known to), was not reached, or passed although it is known to fail.
Judgement Judge(const RunResult& result, const Counting& counting);

}  // namespace eagain::runner
