#include "eagain/report/progress.h"

#include <gmock/gmock.h>

#include <sstream>

#include "sample.h"

namespace eagain::report {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

TEST(ProgressTest, PrintsALineForEachCheckWhereThereIsNoTerminal) {
  std::ostringstream out;
  {
    Progress progress(out, Style{}, 2);
    progress.started(kSampleChecks[0]);
    progress.tick();
    progress.finished(SampleResult(0, checks::Verdict::kPass));
    progress.started(kSampleChecks[1]);
    runner::CheckResult flaky = SampleFailure();
    flaky.runs = {checks::Verdict::kPass, checks::Verdict::kFail};
    progress.finished(flaky);
    progress.finished(SampleSkip(5, runner::SkipKind::kNotApplicable, "not\033here"));
    progress.finished(SampleSkip(2, runner::SkipKind::kNotReached, "not reached"));
  }
  EXPECT_EQ(out.str(),
            "pass    echo/one-byte  12 ms\n"
            "fail    echo/large  1 of 2 runs  12 ms\n"
            "skip    lifecycle/restart  not\\ehere\n");
}

TEST(ProgressTest, SaysNothingOfAGateThatIsOpen) {
  std::ostringstream out;
  Progress progress(out, Style{}, 2);
  runner::CheckResult gate = SampleResult(0, checks::Verdict::kPass);
  gate.gate_only = true;
  progress.finished(gate);
  EXPECT_EQ(out.str(), "");
  gate.verdict = checks::Verdict::kFail;
  progress.finished(gate);
  EXPECT_THAT(out.str(), HasSubstr("fail    echo/one-byte"));
}

TEST(ProgressTest, DrawsOneLineOnATerminalAndTakesItAway) {
  std::ostringstream out;
  Style style;
  style.live = true;
  style.width = 40;
  {
    Progress progress(out, style, 6);
    progress.started(kSampleChecks[0]);
    progress.started(kSampleChecks[1]);
    EXPECT_THAT(out.str(), EndsWith("\r\033[K[0/6] echo/one-byte, echo/large"));
    progress.finished(SampleFailure());
    EXPECT_THAT(out.str(), EndsWith("\r\033[K[1/6] 1 failed; echo/one-byte"));
    progress.started(kSampleChecks[2]);
    EXPECT_THAT(out.str(), EndsWith("\r\033[K[1/6] 1 failed; echo/one-byte, concu..."));
  }
  EXPECT_THAT(out.str(), EndsWith("\r\033[K"));
  EXPECT_THAT(out.str(), testing::Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace eagain::report
