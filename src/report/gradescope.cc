#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "eagain/report/failure_block.h"
#include "eagain/report/formats.h"
#include "eagain/report/standing.h"

namespace eagain::report {
namespace {

using Ordered = nlohmann::ordered_json;

std::string OutputOf(const CheckReport& check, const Report& report, Standing standing) {
  switch (standing) {
    case Standing::kPassed:
      return check.requirement;
    case Standing::kSkipped:
      return fmt::format("{}\n\nskipped: {}", check.requirement, check.reason);
    case Standing::kUnexpectedPass:
      return check.requirement + "\n\nit passes, although it is known to fail";
    default:
      return PlainFailureBlock(check, report);
  }
}

Ordered Test(const CheckReport& check, const Report& report) {
  const Standing standing = StandingOf(check, report);
  Ordered test = {{"name", check.id}, {"name_format", "text"}};
  if (check.max_score > 0) {
    test["score"] = check.score;
    test["max_score"] = check.max_score;
    test["status"] = standing == Standing::kPassed ? "passed" : "failed";
  }
  test["output"] = OutputOf(check, report, standing);
  test["output_format"] = "text";
  test["visibility"] = check.visibility;
  test["tags"] = {check.family, check.level};
  if (!check.item.empty()) {
    test["tags"].push_back(check.item);
  }
  return test;
}

std::string Output(const Report& report) {
  const Summary summary = report.summary();
  std::string output = fmt::format("{} {} of {} checks passed.", JudgementSentence(report),
                                   summary.passed, report.checks.size());
  if (report.build && !report.build->passed) {
    output += fmt::format("\n\nThe build failed: {}: {}\n{}", report.build->command,
                          report.build->result, report.build->output);
  }
  return output;
}

}  // namespace

std::string RenderGradescope(const Report& report) {
  Ordered value = {
      {"score", report.summary().score},
      {"execution_time", static_cast<double>(report.duration_ms) / 1000.0},
      {"output", Output(report)},
      {"output_format", "text"},
      {"test_output_format", "text"},
      {"test_name_format", "text"},
      {"visibility", "visible"},
      {"stdout_visibility", "hidden"},
      {"leaderboard", Ordered::array()},
      {"tests", Ordered::array()},
  };
  for (const CheckReport& check : report.checks) {
    value["tests"].push_back(Test(check, report));
  }
  return value.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace eagain::report
