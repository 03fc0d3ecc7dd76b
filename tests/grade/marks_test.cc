#include "eagain/grade/marks.h"

#include <gmock/gmock.h>

#include <map>

namespace eagain::grade {
namespace {

using report::CheckReport;
using report::Report;

Rubric RubricOf(std::string_view text) { return ParseRubric(text, "lab.toml", {}); }

// Four checks for ten points.
const std::string kItem = R"(
  [[item]]
  name = "Echo"
  checks = ["echo/one-byte", "echo/large", "echo/binary", "concurrency/many-clients"]
  points = 10
  visibility = "hidden"
)";

// All checks of the catalogue pass, but for these.
Report ReportOf(const std::map<std::string, std::string>& verdicts) {
  Report report;
  for (const checks::Check& check : checks::Catalogue()) {
    CheckReport one;
    one.id = check.id;
    one.family = check.family();
    one.level = checks::LevelName(check.level);
    one.verdict = "pass";
    if (const auto given = verdicts.find(one.id); given != verdicts.end()) {
      one.verdict = given->second;
    }
    if (one.verdict.find('-') != std::string::npos) {
      one.skip_kind = std::exchange(one.verdict, "skip");
    }
    report.checks.push_back(one);
  }
  return report;
}

CheckReport& Of(Report& report, const std::string& id) {
  for (CheckReport& check : report.checks) {
    if (check.id == id) {
      return check;
    }
  }
  throw std::logic_error(id);
}

Report Marked(const std::string& rubric, const std::map<std::string, std::string>& verdicts) {
  Report report = ReportOf(verdicts);
  Apply(RubricOf(rubric), report);
  return report;
}

double ScoreOf(const std::string& rubric, const std::map<std::string, std::string>& verdicts) {
  return Marked(rubric, verdicts).summary().score;
}

TEST(MarksTest, ChecksShareTheirItemsPoints) {
  Report report = Marked(kItem, {{"echo/large", "fail"}});
  EXPECT_EQ(report.summary().score, 7.5);
  EXPECT_EQ(report.summary().max_score, 10);
  EXPECT_EQ(Of(report, "echo/large").score, 0);
  EXPECT_EQ(Of(report, "echo/large").max_score, 2.5);
  EXPECT_EQ(Of(report, "echo/large").item, "Echo");
  EXPECT_EQ(Of(report, "echo/large").visibility, "hidden");
  EXPECT_EQ(Of(report, "echo/one-byte").score, 2.5);
  EXPECT_EQ(Of(report, "lifecycle/terminate").max_score, 0);
  EXPECT_EQ(Of(report, "lifecycle/terminate").item, "");
}

TEST(MarksTest, NothingButAPassEarnsPoints) {
  for (const std::string verdict : {"fail", "timeout", "error", "not-reached"}) {
    EXPECT_EQ(ScoreOf(kItem, {{"echo/large", verdict}}), 7.5) << verdict;
  }
}

TEST(MarksTest, WhatCannotBeJudgedLeavesItsShareToTheOthers) {
  for (const std::string verdict : {"by-design", "not-applicable"}) {
    Report report = Marked(kItem, {{"echo/large", verdict}, {"echo/binary", "fail"}});
    EXPECT_DOUBLE_EQ(report.summary().score, 10.0 * 2 / 3);
    EXPECT_EQ(report.summary().max_score, 10);
  }
}

TEST(MarksTest, AnItemOfWhichNothingCanBeJudgedIsWorthNothing) {
  const Report report = Marked(
      "[[item]]\nname = \"a\"\nchecks = \"echo/large\"\npoints = 10\n"
      "[[item]]\nname = \"b\"\nchecks = \"echo/binary\"\npoints = 5\n",
      {{"echo/large", "by-design"}});
  EXPECT_EQ(report.summary().score, 5);
  EXPECT_EQ(report.summary().max_score, 5);
}

TEST(MarksTest, AllOrNothing) {
  const std::string rubric = kItem + "scoring = \"all-or-nothing\"\npartial_credit = true\n";
  EXPECT_EQ(ScoreOf(rubric, {}), 10);
  Report report = ReportOf({{"concurrency/many-clients", "fail"}});
  Of(report, "concurrency/many-clients").partial = {.done = 99, .of = 100, .what = "clients"};
  Apply(RubricOf(rubric), report);
  EXPECT_EQ(report.summary().score, 0);
  EXPECT_EQ(Of(report, "echo/one-byte").score, 0);
}

TEST(MarksTest, PartialCreditIsGivenWhereTheRubricSaysSo) {
  for (const bool given : {false, true}) {
    Report report = ReportOf({{"concurrency/many-clients", "fail"}});
    Of(report, "concurrency/many-clients").partial = {.done = 40, .of = 100, .what = "clients"};
    Apply(RubricOf(kItem + (given ? "partial_credit = true\n" : "")), report);
    EXPECT_DOUBLE_EQ(report.summary().score, given ? 8.5 : 7.5);
    EXPECT_DOUBLE_EQ(Of(report, "concurrency/many-clients").score, given ? 1 : 0);
  }
}

TEST(MarksTest, AGateThatNobodyChoseIsNotMarked) {
  Report report = ReportOf({{"echo/one-byte", "fail"}});
  Of(report, "echo/one-byte").gate_only = true;
  Apply(RubricOf(kItem), report);
  EXPECT_EQ(report.summary().score, 7.5);
  EXPECT_EQ(report.summary().max_score, 7.5);
}

TEST(MarksTest, AdviceScoresNothingAndIsShownWithItsItem) {
  Report report = Marked("[[item]]\nname = \"a\"\nchecks = \"ordering\"\npoints = 12\n",
                         {{"ordering/bounded-queue", "fail"}});
  EXPECT_EQ(report.summary().score, 12);
  EXPECT_EQ(report.summary().advice, 1);
  EXPECT_EQ(Of(report, "ordering/bounded-queue").item, "a");
}

TEST(MarksTest, ANamedCheckOfALowerLevelIsNoAdvice) {
  const Report report =
      Marked("[[item]]\nname = \"a\"\nchecks = \"ordering/bounded-queue\"\npoints = 2\n",
             {{"ordering/bounded-queue", "fail"}});
  EXPECT_EQ(report.summary().advice, 0);
}

TEST(MarksTest, AReportThatIsNotGradedStaysAsItIs) {
  Report report = ReportOf({});
  report.checks[0].score = 1;
  Mark(report);
  EXPECT_EQ(report.checks[0].score, 1);
}

}  // namespace
}  // namespace eagain::grade
