#include "eagain/grade/class_report.h"

#include <gmock/gmock.h>

#include "eagain/report/json.h"
#include "eagain/runner/bad_usage.h"

namespace eagain::grade {
namespace {

using report::Report;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

Report Submission(const std::string& name, double score, const std::string& verdict = "pass") {
  Report report;
  report.submission = name;
  report.judgement = "conforms";
  report.grading = {.title = "Lab <2>",
                    .items = {{.name = "Echo",
                               .checks = {"echo/large"},
                               .points = 10,
                               .score = score,
                               .max_score = 10}}};
  report::CheckReport check;
  check.id = "echo/large";
  check.verdict = verdict;
  report.checks = {check};
  return report;
}

ClassReport Class() {
  ClassReport report;
  AddTo(report, Submission("=zoe", 10));
  AddTo(report, Submission("ada, \"countess\"", 5, "fail"));
  AddTo(report, Submission("bob<script>", 0, "timeout"));
  return report;
}

TEST(ClassReportTest, RowsAreSortedByNameAndHaveTheItemsScores) {
  const ClassReport report = Class();
  EXPECT_EQ(report.title, "Lab <2>");
  ASSERT_THAT(report.rows, SizeIs(3));
  EXPECT_EQ(report.rows[1].name, "ada, \"countess\"");
  EXPECT_EQ(report.rows[1].items.at("Echo").score, 5);
  EXPECT_EQ(report.rows[1].verdicts.at("echo/large"), "fail");
}

TEST(ClassReportTest, TellsTheSpreadInPercent) {
  const Distribution spread = DistributionOf(Class());
  EXPECT_DOUBLE_EQ(spread.mean, 50);
  EXPECT_EQ(spread.median, 50);
  EXPECT_EQ(spread.lowest, 0);
  EXPECT_EQ(spread.highest, 100);
  EXPECT_THAT(spread.tenths, ElementsAre(1, 0, 0, 0, 0, 1, 0, 0, 0, 1));
  EXPECT_EQ(DistributionOf(ClassReport{}).mean, 0);
}

TEST(ClassReportTest, CountsWhatFailsMost) {
  const std::vector<CheckTally> failed = FailedMost(Class());
  ASSERT_THAT(failed, SizeIs(1));
  EXPECT_EQ(failed[0].id, "echo/large");
  EXPECT_EQ(failed[0].failed, 2);
  EXPECT_EQ(failed[0].of, 3);
}

TEST(ClassReportTest, JsonReadsBack) {
  ClassReport report = Class();
  report.missing = {"eve"};
  report.shard_index = 2;
  report.shard_count = 3;
  const std::string text = RenderClassJson(report);
  EXPECT_EQ(RenderClassJson(ParseClassJson(text)), text);
  EXPECT_THROW(ParseClassJson("{}"), report::NotAReport);
}

TEST(ClassReportTest, CsvQuotesAndDisarmsFormulas) {
  EXPECT_EQ(RenderClassCsv(Class()),
            "submission,score,max_score,judgement,note,Echo\r\n"
            "'=zoe,10,10,conforms,,10\r\n"
            "\"ada, \"\"countess\"\"\",5,10,conforms,,5\r\n"
            "bob<script>,0,10,conforms,,0\r\n");
}

TEST(ClassReportTest, HtmlEscapesNames) {
  EXPECT_THAT(RenderClassHtml(Class()),
              AllOf(HasSubstr("bob&lt;script&gt;"), HasSubstr("Lab &lt;2&gt;"),
                    Not(HasSubstr("bob<script>")), Not(HasSubstr("://"))));
}

TEST(ClassReportTest, PartsAreJoinedAndWhatIsMissingIsTold) {
  ClassReport one;
  AddTo(one, Submission("ada", 1));
  one.shard_index = 1;
  one.shard_count = 3;
  one.missing = {"eve", "bob"};
  ClassReport three;
  AddTo(three, Submission("bob", 1));
  three.shard_index = 3;
  three.shard_count = 3;
  const ClassReport joined = Joined({three, one});
  EXPECT_THAT(joined.rows, SizeIs(2));
  EXPECT_EQ(joined.rows[0].name, "ada");
  EXPECT_THAT(joined.missing, ElementsAre("eve"));
  EXPECT_THAT(joined.missing_shards, ElementsAre(2));
  EXPECT_FALSE(joined.complete());
  EXPECT_THROW(Joined({one, one}), runner::BadUsage);
}

TEST(ClassReportTest, NotesSayWhatWentWrong) {
  Report broken = Submission("ada", 0);
  broken.build = report::BuildReport{.command = "make", .result = "exit status 2", .output = {}};
  EXPECT_EQ(RowOf(broken).note, "the build failed: exit status 2");
  Report cut = Submission("bob", 0);
  cut.missing_shards = {2, 3};
  EXPECT_EQ(RowOf(cut).note, "missing: shard 2, 3");
}

}  // namespace
}  // namespace eagain::grade
