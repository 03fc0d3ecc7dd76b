// The plans in fixtures/plans are what they say: legal unless their name says hostile, with a comment that
// says what they show, written as the printer writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "eagain/fault/plan/parser.h"
#include "eagain/fault/plan/printer.h"

namespace eagain::fault {
namespace {

std::vector<std::filesystem::path> Plans() {
  std::vector<std::filesystem::path> plans;
  for (const auto& entry : std::filesystem::directory_iterator(EAGAIN_FIXTURE_PLANS)) {
    plans.push_back(entry.path());
  }
  return plans;
}

std::string TestName(const testing::TestParamInfo<std::filesystem::path>& plan) {
  std::string name = plan.param.stem();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

class FixturePlanTest : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(FixturePlanTest, IsLegalOrNamedHostile) {
  ASSERT_EQ(GetParam().extension(), ".plan");
  const bool named_hostile = GetParam().filename().string().starts_with("hostile-");
  const ParsedPlan parsed = LoadPlan(GetParam(), named_hostile);
  ASSERT_TRUE(parsed.ok()) << parsed.error_text();
  EXPECT_FALSE(parsed.plan.rules.empty());
  EXPECT_EQ(parsed.plan.hostile(), named_hostile);
}

TEST_P(FixturePlanTest, SaysWhatItShowsAndIsWrittenCanonically) {
  std::ifstream file(GetParam());
  std::string line;
  std::string comments;
  std::string statements;
  while (std::getline(file, line)) {
    (line.starts_with("#") ? comments : statements) += line + "\n";
  }
  EXPECT_GT(comments.size(), 40u);
  EXPECT_EQ(statements, PlanText(LoadPlan(GetParam(), true).plan));
}

INSTANTIATE_TEST_SUITE_P(All, FixturePlanTest, testing::ValuesIn(Plans()), TestName);

}  // namespace
}  // namespace eagain::fault
