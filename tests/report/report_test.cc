#include "eagain/report/report.h"

#include <gmock/gmock.h>

#include "eagain/report/failure_block.h"
#include "eagain/report/formats.h"
#include "eagain/report/json.h"
#include "eagain/report/standing.h"
#include "sample.h"

namespace eagain::report {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TEST(ReportTest, SumsUp) {
  const Report report = MakeReport(SampleRun(), SampleFacts());
  const Summary summary = report.summary();
  EXPECT_EQ(summary.passed, 1);
  EXPECT_EQ(summary.failed, 2);
  EXPECT_EQ(summary.timeouts, 1);
  EXPECT_EQ(summary.skipped, 2);
  EXPECT_EQ(summary.errors, 0);
  EXPECT_EQ(summary.advice, 1);
  EXPECT_EQ(summary.known_failures, 1);
  EXPECT_EQ(summary.score, 1);
  EXPECT_EQ(summary.max_score, 3);
  EXPECT_EQ(report.judgement, "does-not-conform");
  EXPECT_EQ(report.exit_status, 1);
}

TEST(ReportTest, HoldsNoRawBytes) {
  const Report report = MakeReport(SampleRun(), SampleFacts());
  const CheckReport& failure = report.checks.at(1);
  EXPECT_EQ(failure.server_output, "hello\n\\e[31mTraceback\\xff\n");
  EXPECT_EQ(failure.actual, "the end after 1,024 bytes\n  00000400  61 62 63  |abc|");
  ASSERT_THAT(failure.timeline, SizeIs(1));
  EXPECT_EQ(failure.timeline[0].text, "\\e");
  EXPECT_EQ(failure.timeline[0].kind, "half-close");
}

TEST(ReportTest, SaysHowToSeeAFailureAgain) {
  RunFacts facts = SampleFacts();
  EXPECT_EQ(MakeReport(SampleRun(), facts).checks.at(1).repro,
            "eagain check --only echo/large --seed 7 --strategy blocking -- python3 'my server.py' "
            "{port}");
  facts.strategy.clear();
  facts.port = 8080;
  facts.counting.level = checks::Level::kShould;
  facts.command = {"./server"};
  EXPECT_EQ(MakeReport(SampleRun(), facts).checks.at(1).repro,
            "eagain check --only echo/large --seed 7 --port 8080 --level should -- ./server");
}

TEST(ReportTest, OfAClientSpeaksOfAClient) {
  RunFacts facts = SampleFacts();
  facts.strategy.clear();
  facts.role = checks::Role::kClient;
  facts.command = {"./client", "{host}", "{port}"};
  const Report report = MakeReport(SampleRun(), facts);
  EXPECT_EQ(report.checks.at(1).repro,
            "eagain check --only echo/large --seed 7 --role client -- ./client {host} {port}");
  EXPECT_EQ(JudgementSentence(report), "The client does not conform.");
  EXPECT_THAT(PlainFailureBlock(report.checks.at(1), report),
              AllOf(HasSubstr("\n  client    "), Not(HasSubstr("\n  server    "))));
  EXPECT_EQ(ParseJson(RenderJson(report)).role, "client");
  EXPECT_EQ(ParseJson(RenderJson(MakeReport(SampleRun(), SampleFacts()))).role, "server");
}

TEST(ReportTest, KeepsATimelineOfFailuresOnlyAndOfBoundedLength) {
  runner::RunResult run = SampleRun();
  const driver::Event event = run.checks[1].outcome.timeline[0];
  run.checks[0].outcome.timeline = {event};
  run.checks[1].outcome.timeline.assign(1000, event);
  const Report report = MakeReport(run, SampleFacts());
  EXPECT_THAT(report.checks[0].timeline, SizeIs(0));
  ASSERT_THAT(report.checks[1].timeline, SizeIs(401));
  EXPECT_EQ(report.checks[1].timeline[200].text, "600 events are left out here");
}

TEST(ReportTest, TellsTheRunsOfAFlakyCheck) {
  runner::RunResult run;
  run.checks = {SampleFailure()};
  run.checks[0].runs = {checks::Verdict::kPass, checks::Verdict::kFail};
  const Report report = MakeReport(run, SampleFacts());
  EXPECT_TRUE(report.checks[0].flaky);
  EXPECT_THAT(report.checks[0].runs, ElementsAre("pass", "fail"));
  EXPECT_EQ(report.summary().flaky, 1);
  EXPECT_EQ(report.judgement, "flaky");
  EXPECT_EQ(report.exit_status, 4);
}

}  // namespace
}  // namespace eagain::report
