#include "eagain/runner/result.h"

#include <gtest/gtest.h>

#include "fake_catalogue.h"

namespace eagain::runner {
namespace {

using checks::Level;
using checks::Verdict;

constexpr checks::Check kMust = Fake("echo/large");
constexpr checks::Check kShould = Fake("ordering/bounded-queue", Level::kShould);
constexpr Counting kMustOnly{Level::kMust};
constexpr Counting kBoth{Level::kShould};

CheckResult Ended(Verdict verdict, const checks::Check& check = kMust) {
  CheckResult result;
  result.check = &check;
  result.verdict = verdict;
  result.runs = {verdict};
  return result;
}

CheckResult Skipped(SkipKind kind) {
  CheckResult result = Ended(Verdict::kSkip);
  result.skip = kind;
  return result;
}

CheckResult Flaky(const checks::Check& check = kMust) {
  CheckResult result = Ended(Verdict::kFail, check);
  result.runs = {Verdict::kPass, Verdict::kFail, Verdict::kPass};
  return result;
}

CheckResult Known(Verdict verdict) {
  CheckResult result = Ended(verdict);
  result.known_failure = "ticket 12";
  return result;
}

Judgement Judged(std::vector<CheckResult> results, Counting counting = kMustOnly) {
  RunResult run;
  run.checks = std::move(results);
  return Judge(run, counting);
}

TEST(ScoreTest, GivesAPointForAPassOnly) {
  for (const Verdict verdict : {Verdict::kFail, Verdict::kTimeout, Verdict::kError}) {
    EXPECT_EQ(ScoreOf(Ended(verdict), kMustOnly).score, 0);
    EXPECT_EQ(ScoreOf(Ended(verdict), kMustOnly).max, 1);
  }
  EXPECT_EQ(ScoreOf(Ended(Verdict::kPass), kMustOnly).score, 1);
  EXPECT_EQ(ScoreOf(Flaky(), kMustOnly).score, 0);
}

TEST(ScoreTest, LeavesOutWhatDoesNotApplyAndKeepsWhatWasNotReached) {
  EXPECT_EQ(ScoreOf(Skipped(SkipKind::kByDesign), kMustOnly).max, 0);
  EXPECT_EQ(ScoreOf(Skipped(SkipKind::kNotApplicable), kMustOnly).max, 0);
  EXPECT_EQ(ScoreOf(Skipped(SkipKind::kNotReached), kMustOnly).max, 1);
  EXPECT_EQ(ScoreOf(Skipped(SkipKind::kNotReached), kMustOnly).score, 0);
}

TEST(ScoreTest, CountsAdviceOnlyWhenAskedTo) {
  EXPECT_EQ(ScoreOf(Ended(Verdict::kPass, kShould), kMustOnly).max, 0);
  EXPECT_EQ(ScoreOf(Ended(Verdict::kPass, kShould), kBoth).score, 1);
}

TEST(ScoreTest, CountsNoGateThatWasNotChosen) {
  CheckResult gate = Ended(Verdict::kFail);
  gate.gate_only = true;
  EXPECT_EQ(ScoreOf(gate, kMustOnly).max, 0);
}

TEST(JudgeTest, ConformsWhenAllThatCountsPassed) {
  EXPECT_EQ(Judged({Ended(Verdict::kPass), Skipped(SkipKind::kByDesign),
                    Skipped(SkipKind::kNotApplicable), Ended(Verdict::kFail, kShould)}),
            Judgement::kConforms);
}

TEST(JudgeTest, DoesNotConformWhenACheckFailsTimesOutOrIsNotReached) {
  EXPECT_EQ(Judged({Ended(Verdict::kFail)}), Judgement::kDoesNotConform);
  EXPECT_EQ(Judged({Ended(Verdict::kTimeout)}), Judgement::kDoesNotConform);
  EXPECT_EQ(Judged({Skipped(SkipKind::kNotReached)}), Judgement::kDoesNotConform);
  EXPECT_EQ(Judged({Ended(Verdict::kFail, kShould)}, kBoth), Judgement::kDoesNotConform);
}

TEST(JudgeTest, KnownFailuresDoNotCountButTheirPassDoes) {
  EXPECT_EQ(Judged({Known(Verdict::kFail)}), Judgement::kConforms);
  EXPECT_EQ(Judged({Known(Verdict::kTimeout)}), Judgement::kConforms);
  EXPECT_EQ(Judged({Known(Verdict::kPass)}), Judgement::kDoesNotConform);
}

TEST(JudgeTest, IsFlakyOnlyWhenNothingElseFails) {
  EXPECT_EQ(Judged({Ended(Verdict::kPass), Flaky()}), Judgement::kOnlyFlaky);
  EXPECT_EQ(Judged({Ended(Verdict::kFail), Flaky()}), Judgement::kDoesNotConform);
  EXPECT_EQ(Judged({Flaky(kShould)}), Judgement::kConforms);
}

TEST(JudgeTest, AnErrorOrAnInterruptionMakesNothingCertain) {
  EXPECT_EQ(Judged({Ended(Verdict::kFail), Ended(Verdict::kError)}), Judgement::kHarnessFailed);
  RunResult run;
  run.checks = {Ended(Verdict::kPass)};
  run.interrupted = true;
  EXPECT_EQ(Judge(run, kMustOnly), Judgement::kHarnessFailed);
}

TEST(CheckResultTest, CountsTheRunsThatEndedInItsVerdict) {
  EXPECT_EQ(Flaky().times(), 1);
  EXPECT_TRUE(Flaky().flaky());
  EXPECT_FALSE(Ended(Verdict::kFail).flaky());
}

}  // namespace
}  // namespace eagain::runner
