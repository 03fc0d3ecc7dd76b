#include "eagain/report/standing.h"

#include <fmt/format.h>

namespace eagain::report {

Standing StandingOf(const CheckReport& check, const Report& report) {
  if (check.verdict == "pass") {
    return check.unexpected_pass ? Standing::kUnexpectedPass : Standing::kPassed;
  }
  if (check.verdict == "skip") {
    return Standing::kSkipped;
  }
  if (check.verdict == "error") {
    return Standing::kHarnessError;
  }
  if (check.known_failure) {
    return Standing::kKnownFailure;
  }
  if (check.is_advice(report.level)) {
    return Standing::kAdvice;
  }
  return check.verdict == "timeout" ? Standing::kTimedOut : Standing::kFailed;
}

bool CountsAgainst(Standing standing) {
  return standing == Standing::kFailed || standing == Standing::kTimedOut ||
         standing == Standing::kUnexpectedPass;
}

std::string JudgementSentence(const Report& report) {
  if (report.interrupted) {
    return "The run was cut short: no judgement.";
  }
  if (report.judgement == "conforms") {
    return fmt::format("The {} conforms.", report.role);
  }
  if (report.judgement == "flaky") {
    return fmt::format("The {} conforms some of the time: see what is flaky.", report.role);
  }
  if (report.judgement == "harness-failed") {
    return fmt::format("The harness itself failed: this is no judgement on the {}.", report.role);
  }
  return fmt::format("The {} does not conform.", report.role);
}

}  // namespace eagain::report
