#include <fmt/format.h>

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

// The list of tests, in whole numbers. A test's share ends where the sum of all until then is rounded
// to, so that the sum of the rounded is the sum rounded.
class Tests {
 public:
  explicit Tests(double scale) : scale_(scale) {}

  void add(const std::string& name, double score, double max_score, bool passed,
           const std::string& message) {
    exact_ += max_score * scale_;
    const int64_t of = std::llround(exact_) - most_;
    most_ += of;
    if (of == 0) {
      return;
    }
    // Never more than was scored, and all of it when all was scored.
    const bool all = max_score - score < 1e-9;
    const int64_t own =
        all ? of
            : static_cast<int64_t>(std::floor(static_cast<double>(of) * score / max_score + 1e-9));
    score_ += own;
    list_.push_back({{"test-name", name},
                     {"passed", passed},
                     {"score", own},
                     {"max-score", of},
                     {"message", message}});
  }

  int64_t score() const { return score_; }
  int64_t max_score() const { return most_; }
  const Ordered& list() const { return list_; }

 private:
  double scale_;
  double exact_ = 0;
  int64_t most_ = 0;
  int64_t score_ = 0;
  Ordered list_ = Ordered::array();
};

// Those whose names the students who read it are not to know: one test for all of them.
void AddHidden(const Report& report, Tests& tests) {
  double score = 0;
  double most = 0;
  int count = 0;
  for (const CheckReport& check : report.checks) {
    if (check.visibility != "visible" && check.max_score > 0) {
      score += check.score;
      most += check.max_score;
      ++count;
    }
  }
  if (count > 0) {
    tests.add("hidden checks", score, most, most - score < 1e-9, fmt::format("{} of them", count));
  }
}

}  // namespace

std::string RenderClassroom50(const Report& report) {
  Tests tests(ScaleOf(report));
  for (const CheckReport& check : report.checks) {
    if (check.visibility == "visible") {
      tests.add(check.id, check.score, check.max_score,
                StandingOf(check, report) == Standing::kPassed, check.actual);
    }
  }
  AddHidden(report, tests);
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
      {"score", tests.score()},
      {"max-score", tests.max_score()},
      {"tests", tests.list()},
  };
  return value.dump(2, ' ', false, Ordered::error_handler_t::replace) + "\n";
}

}  // namespace eagain::report
