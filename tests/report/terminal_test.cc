#include "eagain/report/terminal.h"

#include <gmock/gmock.h>

#include "sample.h"

namespace eagain::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string Rendered(const runner::RunResult& run, const TerminalOptions& options = {}) {
  return RenderTerminal(MakeReport(run, SampleFacts()), options);
}

runner::RunResult Only(runner::CheckResult result) {
  runner::RunResult run;
  run.checks = {std::move(result)};
  return run;
}

TEST(TerminalTest, ShowsAFailureWithItsEvidence) {
  EXPECT_EQ(Rendered(Only(SampleFailure())), R"(FAIL echo/large
  required  8 MiB come back, byte for byte
  why       a server that does not is of no use [RFC 862]
  steps     1. client 1 connects
            2. client 1 sends 65,536 bytes
  expected  65,536 bytes
  actual    the end after 1,024 bytes
              00000400  61 62 63  |abc|
  fault     recv: short (1 byte)
  server    ended: exit status 1; its last output:
            | hello
            | \e[31mTraceback\xff
  again     eagain check --only echo/large --seed 7 --strategy blocking -- python3 'my server.py' {port}
  more      eagain explain echo/large

  echo   0 of  1  FAIL large

1 check: 0 passed, 1 failed (0.0 s, seed 7)
The server does not conform.
)");
}

TEST(TerminalTest, ShowsTheFamiliesAndWhyChecksWereSkipped) {
  EXPECT_THAT(Rendered(SampleRun()), HasSubstr(R"(
  echo          1 of  2  FAIL large
  concurrency   0 of  0  skip second-client
  ordering      0 of  1  advice bounded-queue
  fault         0 of  1  known sweep
  lifecycle     0 of  0  skip restart

  concurrency/second-client: by design (blocking): one at a time
  lifecycle/restart: not on this machine

  fault/sweep: fails, as known (ticket 12)

6 checks: 1 passed, 1 failed, 1 known to fail, 1 advice, 2 skipped (1.2 s, seed 7)
The server does not conform.
)"));
}

TEST(TerminalTest, NamesWhatFailedInAFamilyInFewWords) {
  runner::RunResult run;
  run.checks = {SampleResult(0, checks::Verdict::kFail), SampleFailure(),
                SampleSkip(1, runner::SkipKind::kByDesign, "so"),
                SampleResult(0, checks::Verdict::kTimeout)};
  EXPECT_THAT(Rendered(run),
              HasSubstr("  echo   0 of  3  FAIL one-byte, large  TIMEOUT one-byte  skip large\n"));
  TerminalOptions narrow;
  narrow.style.width = 40;
  EXPECT_THAT(Rendered(run, narrow), HasSubstr("  echo   0 of  3  FAIL one-byte, large\n"
                                               "                  TIMEOUT one-byte\n"
                                               "                  skip large\n"));
  narrow.style.width = 33;
  EXPECT_THAT(Rendered(run, narrow), HasSubstr("  echo   0 of  3  FAIL one-byte,\n"
                                               "                       large\n"));
}

TEST(TerminalTest, SaysThatAdviceDoesNotCount) {
  EXPECT_THAT(Rendered(Only(SampleResult(3, checks::Verdict::kFail))),
              AllOf(HasSubstr("ADVICE ordering/bounded-queue: does not count\n"),
                    HasSubstr("1 check: 0 passed, 1 advice"), HasSubstr("The server conforms.\n")));
}

TEST(TerminalTest, CountsTimeouts) {
  EXPECT_THAT(Rendered(Only(SampleResult(4, checks::Verdict::kTimeout))),
              AllOf(HasSubstr("TIMEOUT fault/sweep\n"), HasSubstr("0 passed, 1 timed out (")));
}

TEST(TerminalTest, TellsAnErrorFromAFailure) {
  EXPECT_THAT(Rendered(Only(SampleResult(0, checks::Verdict::kError))),
              AllOf(HasSubstr("ERROR echo/one-byte: the harness's own trouble, not the server's\n"),
                    HasSubstr("1 error ("), HasSubstr("no judgement on the server")));
}

TEST(TerminalTest, TellsHowOftenAFlakyCheckFailed) {
  runner::CheckResult flaky = SampleFailure();
  flaky.runs = {checks::Verdict::kPass, checks::Verdict::kFail, checks::Verdict::kPass};
  EXPECT_THAT(Rendered(Only(flaky)),
              AllOf(HasSubstr("FAIL echo/large (flaky: 1 of 3 runs)\n"), HasSubstr("  flaky large"),
                    HasSubstr("conforms some of the time")));
}

TEST(TerminalTest, NumbersWhatWasNotReached) {
  runner::RunResult run = Only(SampleFailure());
  for (const size_t at : {2U, 4U}) {
    run.checks.push_back(
        SampleSkip(at, runner::SkipKind::kNotReached, "not reached: nothing is echoed"));
  }
  EXPECT_THAT(Rendered(run),
              AllOf(HasSubstr("\n  2 checks: not reached: nothing is echoed\n"),
                    Not(HasSubstr("concurrency")), HasSubstr("1 failed, 2 not reached (")));
}

TEST(TerminalTest, SaysThatAKnownFailurePasses) {
  runner::CheckResult result = SampleResult(0, checks::Verdict::kPass);
  result.known_failure = "ticket 3";
  EXPECT_THAT(Rendered(Only(result)),
              AllOf(HasSubstr("  unexpected pass one-byte\n"),
                    HasSubstr("passes, although it is listed as a known failure (ticket 3)"),
                    HasSubstr("does not conform")));
}

TEST(TerminalTest, SaysThatTheRunWasCutShort) {
  runner::RunResult run = Only(SampleResult(0, checks::Verdict::kPass));
  run.interrupted = true;
  EXPECT_THAT(Rendered(run), HasSubstr("cut short"));
}

TEST(TerminalTest, LeavesTheMiddleOfALongStoryOut) {
  runner::RunResult run = Only(SampleFailure());
  run.checks[0].outcome.steps.clear();
  run.checks[0].outcome.server_output.clear();
  for (int at = 1; at <= 30; ++at) {
    run.checks[0].outcome.steps.push_back("step " + std::to_string(at));
    run.checks[0].outcome.server_output += "line " + std::to_string(at) + "\n";
  }
  EXPECT_THAT(Rendered(run),
              AllOf(HasSubstr("4. step 4\n            ... 20 more steps (--verbose)\n"
                              "            25. step 25\n"),
                    HasSubstr("its last output:\n            | line 25\n")));
  EXPECT_THAT(Rendered(run, {.style = {}, .verbose = true}),
              AllOf(HasSubstr("17. step 17"), HasSubstr("| line 1\n")));
}

TEST(TerminalTest, TellsOneCauseOnce) {
  runner::RunResult run = Only(SampleFailure());
  run.checks.push_back(SampleFailure());
  run.checks[1].check = &kSampleChecks[2];
  run.checks[0].outcome.server_output = "hello\n  File \"s.py\", line 3\nValueError: 17 is bad\n";
  run.checks[1].outcome.server_output = "hello\n  File \"s.py\", line 3\nValueError: so is 4\n";
  EXPECT_THAT(Rendered(run), HasSubstr(R"(
FAIL concurrency/second-client
  required  a second client is served
  actual    the end after 1,024 bytes
            the server ended as in echo/large: exit status 1, ValueError
  again     eagain check --only concurrency/second-client )"));
  EXPECT_THAT(Rendered(run, {.style = {}, .verbose = true}), Not(HasSubstr("ended as in")));

  run.checks[1].outcome.server_output = "hello\n  File \"s.py\", line 4\nValueError: so is 4\n";
  EXPECT_THAT(Rendered(run), Not(HasSubstr("ended as in")));
}

// What the server did wrong is one thing, how it died of it another.
TEST(TerminalTest, TellsOneDeathTwiceWhenWhatHappenedDiffers) {
  runner::RunResult run = Only(SampleFailure());
  run.checks.push_back(SampleFailure());
  run.checks[1].check = &kSampleChecks[2];
  run.checks[1].outcome.actual = "bytes of client 2";
  EXPECT_THAT(Rendered(run), Not(HasSubstr("ended as in")));
  run.checks[1].outcome.actual = "the end after 17 bytes";
  EXPECT_THAT(Rendered(run), HasSubstr("the end after 17 bytes\n            the server ended as"));
}

TEST(TerminalTest, TakesNoTwoSegmentationFaultsForOne) {
  runner::RunResult run = Only(SampleFailure());
  run.checks[0].outcome.server_exit = "killed by SIGSEGV (signal 11)";
  run.checks.push_back(run.checks[0]);
  EXPECT_THAT(Rendered(run), Not(HasSubstr("ended as in")));
}

TEST(TerminalTest, FitsANarrowTerminal) {
  TerminalOptions options;
  options.style.width = 50;
  const std::string text = Rendered(SampleRun(), options);
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    if (line.find("again ") == std::string::npos) {
      EXPECT_LE(line.size(), 50U) << line;
    }
    at = end + 1;
  }
}

}  // namespace
}  // namespace eagain::report
