#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <set>
#include <string_view>
#include <vector>

#include "eagain/checks/check.h"

namespace eagain::checks {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

bool IsWord(std::string_view word) {
  for (const char c : word) {
    if (!std::islower(static_cast<unsigned char>(c)) && c != '-' &&
        !std::isdigit(static_cast<unsigned char>(c))) {
      return false;
    }
  }
  return !word.empty();
}

TEST(CatalogueTest, EveryIdIsAFamilyAndASlugAndOccursOnce) {
  std::set<std::string_view> seen;
  for (const Check& check : Catalogue()) {
    const size_t slash = check.id.find('/');
    ASSERT_NE(slash, std::string_view::npos) << check.id;
    EXPECT_TRUE(IsWord(check.family())) << check.id;
    EXPECT_TRUE(IsWord(check.id.substr(slash + 1))) << check.id;
    EXPECT_TRUE(seen.insert(check.id).second) << check.id << " occurs twice";
  }
}

TEST(CatalogueTest, EveryCheckSaysWhatItRequiresAndWhy) {
  for (const Check& check : Catalogue()) {
    EXPECT_FALSE(check.requirement.empty()) << check.id;
    EXPECT_NE(check.requirement.back(), '.') << check.id << ": the report adds its own";
    EXPECT_FALSE(check.why.empty()) << check.id;
    EXPECT_EQ(check.why.back(), '.') << check.id << ": a whole sentence";
    EXPECT_FALSE(check.source.empty()) << check.id;
    EXPECT_NE(check.run, nullptr) << check.id;
  }
}

TEST(CatalogueTest, AFamilyStandsTogether) {
  std::set<std::string_view> closed;
  std::string_view current;
  for (const Check& check : Catalogue()) {
    if (check.family() != current) {
      EXPECT_TRUE(closed.insert(check.family()).second) << check.id << " is apart from its family";
      current = check.family();
    }
  }
}

TEST(CatalogueTest, ACheckIsFoundByItsIdAndByNothingElse) {
  ASSERT_NE(FindCheck("echo/one-byte"), nullptr);
  EXPECT_EQ(FindCheck("echo/one-byte")->id, "echo/one-byte");
  EXPECT_EQ(FindCheck("echo/one-bite"), nullptr);
  EXPECT_EQ(FindCheck(""), nullptr);
}

TEST(NearestCheckIdsTest, ATypingErrorIsUnderstood) {
  ASSERT_THAT(NearestCheckIds("ehco/one-byte"), Not(IsEmpty()));
  EXPECT_EQ(NearestCheckIds("ehco/one-byte").front(), "echo/one-byte");
}

TEST(NearestCheckIdsTest, TheFamilyMayBeLeftOut) {
  ASSERT_THAT(NearestCheckIds("second-clint"), Not(IsEmpty()));
  EXPECT_EQ(NearestCheckIds("second-clint").front(), "concurrency/second-client");
}

TEST(NearestCheckIdsTest, APartOfAnIdIsUnderstood) {
  EXPECT_THAT(NearestCheckIds("burst"), ElementsAre("concurrency/connect-burst"));
}

TEST(NearestCheckIdsTest, ThreeAreEnoughAndNonsenseMeansNone) {
  EXPECT_THAT(NearestCheckIds("echo"), SizeIs(3));
  EXPECT_THAT(NearestCheckIds("xyzzy plugh"), IsEmpty());
  EXPECT_THAT(NearestCheckIds(""), IsEmpty());
}

TEST(NamesTest, AreThoseOfTheReports) {
  EXPECT_EQ(LevelName(Level::kMust), "must");
  EXPECT_EQ(LevelName(Level::kShould), "should");
  EXPECT_EQ(VerdictName(Verdict::kPass), "pass");
  EXPECT_EQ(VerdictName(Verdict::kFail), "fail");
  EXPECT_EQ(VerdictName(Verdict::kSkip), "skip");
  EXPECT_EQ(VerdictName(Verdict::kError), "error");
  EXPECT_EQ(VerdictName(Verdict::kTimeout), "timeout");
}

}  // namespace
}  // namespace eagain::checks
