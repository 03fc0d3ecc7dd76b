#include "eagain/runner/result.h"

#include <algorithm>

namespace eagain::runner {

using checks::Verdict;

std::string_view SkipKindName(SkipKind kind) {
  switch (kind) {
    case SkipKind::kNone:
      return "";
    case SkipKind::kNotApplicable:
      return "not-applicable";
    case SkipKind::kByDesign:
      return "by-design";
    case SkipKind::kNotReached:
      return "not-reached";
  }
  return "";
}

bool CheckResult::flaky() const {
  return skip != SkipKind::kByDesign && !runs.empty() &&
         std::any_of(runs.begin(), runs.end(), [&](Verdict run) { return run != runs.front(); });
}

bool CheckResult::unexpected_pass() const {
  return known_failure.has_value() && verdict == Verdict::kPass;
}

int CheckResult::times() const {
  return static_cast<int>(std::count(runs.begin(), runs.end(), verdict));
}

bool Counting::counts(const checks::Check& check) const {
  return check.level == checks::Level::kMust || level == checks::Level::kShould ||
         std::find(also.begin(), also.end(), &check) != also.end();
}

Score ScoreOf(const CheckResult& result, const Counting& counting) {
  const bool counts = counting.counts(*result.check) && !result.gate_only &&
                      result.skip != SkipKind::kByDesign && result.skip != SkipKind::kNotApplicable;
  if (!counts) {
    return {};
  }
  return {.score = result.verdict == Verdict::kPass ? 1.0 : 0.0, .max = 1.0};
}

Judgement Judge(const RunResult& result, const Counting& counting) {
  bool fails = false;
  bool flaky = false;
  for (const CheckResult& check : result.checks) {
    if (check.verdict == Verdict::kError) {
      return Judgement::kHarnessFailed;
    }
    if (check.unexpected_pass()) {
      fails = true;
    }
    const bool failed = check.verdict == Verdict::kFail || check.verdict == Verdict::kTimeout ||
                        check.skip == SkipKind::kNotReached;
    if (!failed || check.known_failure || !counting.counts(*check.check)) {
      continue;
    }
    (check.flaky() ? flaky : fails) = true;
  }
  if (result.interrupted) {
    return Judgement::kHarnessFailed;
  }
  if (fails) {
    return Judgement::kDoesNotConform;
  }
  return flaky ? Judgement::kOnlyFlaky : Judgement::kConforms;
}

}  // namespace eagain::runner
