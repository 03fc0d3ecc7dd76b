#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/checks/check.h"
#include "eagain/checks/explanation_table.h"

namespace eagain::checks {
namespace {

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

TEST(ExplanationTest, EveryCheckIsExplainedInTenToTwentyFiveLines) {
  ASSERT_FALSE(Catalogue().empty());
  for (const Check& check : Catalogue()) {
    const auto lines = LinesOf(Explanation(check.id));
    EXPECT_GE(lines.size(), 10U) << check.id;
    EXPECT_LE(lines.size(), 25U) << check.id;
  }
}

TEST(ExplanationTest, NoLineIsLongerThanAHundredColumns) {
  for (const EmbeddedExplanation& explanation : EmbeddedExplanations()) {
    for (const std::string_view line : LinesOf(explanation.text)) {
      EXPECT_LE(line.size(), 100U) << explanation.id << ": " << line;
      EXPECT_TRUE(line.empty() || line.back() != ' ') << explanation.id << ": " << line;
    }
  }
}

TEST(ExplanationTest, EveryExplanationBelongsToACheck) {
  for (const EmbeddedExplanation& explanation : EmbeddedExplanations()) {
    EXPECT_NE(FindCheck(explanation.id), nullptr) << explanation.id;
  }
}

TEST(ExplanationTest, EveryExplanationSaysWhatWhyHowAndWhereToRead) {
  for (const EmbeddedExplanation& explanation : EmbeddedExplanations()) {
    for (const char* part : {"What is checked:", "Why it matters:", "The usual cause:",
                             "How to see it:", "How to fix it:", "Read:"}) {
      EXPECT_NE(explanation.text.find(part), std::string_view::npos)
          << explanation.id << " lacks \"" << part << '"';
    }
  }
}

TEST(ExplanationTest, AnUnknownCheckHasNone) { EXPECT_EQ(Explanation("no/such"), ""); }

}  // namespace
}  // namespace eagain::checks
