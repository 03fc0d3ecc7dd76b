// Standing: what a check's verdict comes to, once it is known which failures count.
#pragma once

#include <string>

#include "eagain/report/report.h"

namespace eagain::report {

enum class Standing {
  kPassed,
  kFailed,          // fail
  kTimedOut,        // timeout, which is a failure too
  kHarnessError,    // error: no judgement on the server
  kUnexpectedPass,  // it passed, although it is known to fail: counts as a failure
  kKnownFailure,    // it failed, as known: does not count
  kAdvice,          // it failed, and is of a level that does not count
  kSkipped,
};

Standing StandingOf(const CheckReport& check, const Report& report);
// Failed, timed out, or passed unexpectedly: what keeps a server from conforming.
bool CountsAgainst(Standing standing);
// "The server does not conform.", with what it means when there is no judgement.
std::string JudgementSentence(const Report& report);

}  // namespace eagain::report
