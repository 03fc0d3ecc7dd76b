#include "eagain/report/json.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "eagain/report/formats.h"
#include "sample.h"

namespace eagain::report {
namespace {

using testing::HasSubstr;

TEST(JsonTest, HasTheKeysOfTheSchema) {
  const auto value = nlohmann::json::parse(RenderJson(MakeReport(SampleRun(), SampleFacts())));
  EXPECT_EQ(value["schema"], "eagain/report/v1");
  EXPECT_EQ(value["command"][1], "my server.py");
  EXPECT_EQ(value["seed"], 7);
  EXPECT_EQ(value["summary"]["failed"], 2);
  EXPECT_EQ(value["summary"]["max_score"], 3.0);
  const auto& failure = value["checks"][1];
  EXPECT_EQ(failure["id"], "echo/large");
  EXPECT_EQ(failure["family"], "echo");
  EXPECT_EQ(failure["level"], "must");
  EXPECT_EQ(failure["verdict"], "fail");
  EXPECT_EQ(failure["server_exit"], "exit status 1");
  EXPECT_EQ(failure["duration_ms"], 12);
  EXPECT_EQ(value["checks"][0]["server_exit"], nullptr);
  EXPECT_EQ(value["checks"][2]["skip_kind"], "by-design");
  EXPECT_EQ(value["checks"][4]["known_failure"], "ticket 12");
}

TEST(JsonTest, ReadsWhatItWrote) {
  runner::RunResult run = SampleRun();
  run.checks[1].runs = {checks::Verdict::kPass, checks::Verdict::kFail};
  run.checks[0].gate_only = true;
  run.interrupted = true;
  RunFacts facts = SampleFacts();
  facts.port = 99;
  facts.shard_index = 2;
  facts.shard_count = 3;
  facts.timeout_scale = 1.5;
  const std::string text = RenderJson(MakeReport(run, facts));
  EXPECT_EQ(RenderJson(ParseJson(text)), text);
}

TEST(JsonTest, ReadsWhatItWroteOfAGradedRun) {
  runner::RunResult run = SampleRun();
  run.checks[1].outcome.partial = {.done = 3, .of = 10, .what = "clients\033"};
  Report report = MakeReport(run, SampleFacts());
  report.checks[1].item = "Echo";
  report.checks[1].visibility = "hidden";
  report.grading = {.title = "Lab 2",
                    .items = {{.name = "Echo",
                               .checks = {"echo/large"},
                               .points = 10,
                               .all_or_nothing = true,
                               .partial_credit = true,
                               .visibility = "hidden",
                               .score = 2.5,
                               .max_score = 10}}};
  report.build = {.command = "make",
                  .passed = true,
                  .result = "exit status 0",
                  .output = "cc",
                  .duration_ms = 3};
  report.submission = "ada";
  report.fingerprint = "0123";
  report.sandbox = "weak";
  report.weak = {"it can reach the network"};
  report.missing_shards = {2};
  const std::string text = RenderJson(report);
  EXPECT_EQ(RenderJson(ParseJson(text)), text);
  const auto value = nlohmann::json::parse(text);
  EXPECT_EQ(value["summary"]["score"], 2.5);
  EXPECT_EQ(value["summary"]["max_score"], 10.0);
  EXPECT_EQ(value["checks"][1]["partial"]["what"], "clients\\e");
}

TEST(JsonTest, TakesNoOffenceAtMoreKeysOrFewerExtras) {
  const Report report = ParseJson(R"({"schema": "eagain/report/v1", "version": "9", "new": [1],
    "command": [], "strategy": "", "seed": 1, "summary": {}, "checks": []})");
  EXPECT_EQ(report.version, "9");
  EXPECT_EQ(report.level, "must");
}

TEST(JsonTest, SaysWhyATextIsNoReport) {
  for (const auto& [text, why] :
       {std::pair{"", "parse error"}, std::pair{"{}", "schema"},
        std::pair{R"({"schema": "eagain/report/v9"})", "'eagain/report/v9'"},
        std::pair{R"({"schema": "eagain/report/v1"})", "version"}, std::pair{"[]", "array"}}) {
    try {
      static_cast<void>(ParseJson(text));
      ADD_FAILURE() << "accepted: " << text;
    } catch (const NotAReport& error) {
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
  }
}

TEST(FormatsTest, AreFoundByName) {
  ASSERT_NE(FindFormat("json"), nullptr);
  EXPECT_EQ(FindFormat("json")->render, RenderJson);
  EXPECT_EQ(FindFormat("jsn"), nullptr);
}

}  // namespace
}  // namespace eagain::report
