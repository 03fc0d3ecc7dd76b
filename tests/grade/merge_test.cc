#include "eagain/grade/merge.h"

#include <gmock/gmock.h>

#include "eagain/grade/marks.h"
#include "eagain/report/formats.h"
#include "eagain/runner/bad_usage.h"

namespace eagain::grade {
namespace {

using report::CheckReport;
using report::Report;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Report Whole() {
  Report report;
  report.version = "1";
  report.command = {"./server"};
  report.started = "2026-11-24T03:39:04Z";
  int number = 0;
  for (const checks::Check& check : checks::Catalogue()) {
    CheckReport one;
    one.id = check.id;
    one.family = check.family();
    one.level = checks::LevelName(check.level);
    ++number;
    one.verdict = number % 5 == 0 ? "fail" : "pass";
    if (number % 7 == 0) {
      one.verdict = "skip";
      one.skip_kind = number % 2 == 0 ? "by-design" : "not-reached";
    }
    one.runs = {one.verdict};
    report.checks.push_back(one);
  }
  const Rubric rubric = ParseRubric(
      "title = \"Lab\"\n[[item]]\nname = \"a\"\nchecks = \"echo\"\npoints = 10\n"
      "[[item]]\nname = \"b\"\nchecks = \"*\"\npoints = 7\nscoring = \"all-or-nothing\"\n",
      "lab.toml", {});
  Apply(rubric, report);
  const runner::Judgement judgement = Judge(report);
  report.judgement = report::JudgementName(judgement);
  report.exit_status = report::ExitStatusOf(judgement);
  return report;
}

NamedReport ShardOf(const Report& whole, int index, int count) {
  Report shard = whole;
  shard.shard_index = index;
  shard.shard_count = count;
  shard.checks.clear();
  for (size_t at = static_cast<size_t>(index - 1); at < whole.checks.size();
       at += static_cast<size_t>(count)) {
    shard.checks.push_back(whole.checks[at]);
  }
  Mark(shard);
  return {.name = "shard-" + std::to_string(index) + ".json", .report = shard};
}

std::string RefusalOf(const std::vector<NamedReport>& shards) {
  try {
    static_cast<void>(MergeShards(shards));
  } catch (const runner::BadUsage& error) {
    return error.what();
  }
  return "merged";
}

TEST(MergeTest, ShardsMakeTheWholeAgain) {
  const Report whole = Whole();
  const std::string text = report::RenderJson(whole);
  EXPECT_EQ(report::RenderJson(MergeShards({ShardOf(whole, 2, 2), ShardOf(whole, 1, 2)})), text);
  EXPECT_EQ(report::RenderJson(
                MergeShards({ShardOf(whole, 3, 3), ShardOf(whole, 1, 3), ShardOf(whole, 2, 3)})),
            text);
  EXPECT_EQ(report::RenderJson(MergeShards({{.name = "whole", .report = whole}})), text);
}

TEST(MergeTest, AMissingShardIsToldAndNothingIsCertain) {
  const Report merged = MergeShards({ShardOf(Whole(), 1, 3), ShardOf(Whole(), 3, 3)});
  EXPECT_THAT(merged.missing_shards, ElementsAre(2));
  EXPECT_EQ(merged.judgement, "harness-failed");
  EXPECT_EQ(merged.exit_status, 3);
}

TEST(MergeTest, TheSameShardTwiceIsRefused) {
  EXPECT_EQ(RefusalOf({ShardOf(Whole(), 1, 2), ShardOf(Whole(), 1, 2)}),
            "shard-1.json and shard-1.json are both shard 1/2");
}

TEST(MergeTest, ShardsOfDifferentRunsAreRefused) {
  Report other = Whole();
  other.seed = 2;
  EXPECT_THAT(RefusalOf({ShardOf(Whole(), 1, 2), ShardOf(other, 2, 2)}),
              AllOf(HasSubstr("shard-1.json and shard-2.json"), HasSubstr("differ in their seed")));
  other = Whole();
  other.grading->items[0].points = 11;
  EXPECT_THAT(RefusalOf({ShardOf(Whole(), 1, 2), ShardOf(other, 2, 2)}), HasSubstr("rubric"));
  EXPECT_THAT(RefusalOf({ShardOf(Whole(), 1, 2), ShardOf(Whole(), 2, 3)}),
              HasSubstr("number of shards"));
}

// A gate that failed is in every shard's report; chosen it was in one.
TEST(MergeTest, AGateIsThereOnce) {
  const Report whole = Whole();
  NamedReport first = ShardOf(whole, 1, 2);
  NamedReport second = ShardOf(whole, 2, 2);
  CheckReport gate = first.report.checks[0];
  gate.gate_only = true;
  second.report.checks.insert(second.report.checks.begin(), gate);
  for (const auto& shards : {std::vector{first, second}, std::vector{second, first}}) {
    EXPECT_EQ(report::RenderJson(MergeShards(shards)), report::RenderJson(whole));
  }
}

}  // namespace
}  // namespace eagain::grade
