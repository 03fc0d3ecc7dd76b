#include <cmath>
#include <cstdlib>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "eagain/report/formats.h"
#include "eagain/report/standing.h"

namespace eagain::report {
namespace {

using Ordered = nlohmann::ordered_json;

// The first of them that is set to something.
std::string FromEnvironment(std::initializer_list<const char*> names, std::string otherwise) {
  for (const char* name : names) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') {
      return value;
    }
  }
  return otherwise;
}

bool IsWhole(double number) { return std::abs(number - std::round(number)) < 1e-9; }

// 1, or 100 when there are parts of points.
double ScaleOf(const Report& report) {
  for (const CheckReport& check : report.checks) {
    if (!IsWhole(check.score) || !IsWhole(check.max_score)) {
      return 100;
    }
  }
  return 1;
}

}  // namespace

std::string RenderClassroom50(const Report& report) {
  const double scale = ScaleOf(report);
  int64_t score = 0;
  int64_t most = 0;
  Ordered tests = Ordered::array();
  for (const CheckReport& check : report.checks) {
    const int64_t of = std::llround(check.max_score * scale);
    if (of == 0) {
      continue;
    }
    // Never more than was scored.
    const auto own = static_cast<int64_t>(std::floor(check.score * scale + 1e-9));
    score += own;
    most += of;
    tests.push_back({{"test-name", check.id},
                     {"passed", StandingOf(check, report) == Standing::kPassed},
                     {"score", own},
                     {"max-score", of},
                     {"message", check.actual}});
  }
  const std::string commit = FromEnvironment({"COMMIT_URL"}, "local");
  const Ordered value = {
      {"schema", "classroom50/result/v1"},
      {"classroom", FromEnvironment({"CLASSROOM"}, "local")},
      {"assignment", FromEnvironment({"ASSIGNMENT"}, "local")},
      {"assignment_type", FromEnvironment({"ASSIGNMENT_TYPE", "MODE"}, "individual")},
      {"owner", FromEnvironment({"OWNER", "USERNAME"}, "local")},
      {"submission", FromEnvironment({"SUBMISSION_TAG"}, "submit/local")},
      {"commit", commit},
      {"release", FromEnvironment({"RELEASE_URL"}, "local")},
      {"review", FromEnvironment({"REVIEW_URL"}, commit)},
      {"datetime", report.started},
      {"graded_at", report.started},
      {"score", score},
      {"max-score", most},
      {"tests", tests},
  };
  return value.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace eagain::report
