#include "eagain/runner/selection.h"

#include <gmock/gmock.h>

#include "fake_catalogue.h"

namespace eagain::runner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string_view> Ids(const CheckList& checks) {
  std::vector<std::string_view> ids;
  for (const checks::Check* check : checks) {
    ids.push_back(check->id);
  }
  return ids;
}

std::vector<std::string_view> Chosen(const Choice& choice) {
  return Ids(Choose(kFakeCatalogue, choice));
}

std::string Refusal(const Choice& choice) {
  try {
    static_cast<void>(Choose(kFakeCatalogue, choice));
  } catch (const BadUsage& error) {
    return error.what();
  }
  return "(accepted)";
}

TEST(SelectionTest, ChoosesAllByDefaultInTheCatalogueOrder) {
  EXPECT_EQ(Chosen({}).size(), kFakeCatalogue.size());
  EXPECT_EQ(Chosen({}).front(), "lifecycle/listens");
}

TEST(SelectionTest, TakesIdsFamiliesAndGlobs) {
  EXPECT_THAT(Chosen({.only = {"echo/large"}, .skip = {}, .shard = {}}), ElementsAre("echo/large"));
  EXPECT_THAT(Chosen({.only = {"echo"}, .skip = {}, .shard = {}}),
              ElementsAre("echo/one-byte", "echo/large"));
  EXPECT_THAT(Chosen({.only = {"*/[bs]*"}, .skip = {}, .shard = {}}),
              ElementsAre("concurrency/second-client", "ordering/bounded-queue"));
}

TEST(SelectionTest, UnitesOnlyAndTakesSkipAway) {
  EXPECT_THAT(Chosen({.only = {"echo/*", "ordering"}, .skip = {"*/one-byte"}, .shard = {}}),
              ElementsAre("echo/large", "ordering/bounded-queue"));
}

TEST(SelectionTest, ShardsCoverAllWithoutOverlap) {
  std::vector<std::string_view> together;
  for (int index = 1; index <= 4; ++index) {
    for (const std::string_view id : Chosen({.only = {}, .skip = {}, .shard = {index, 4}})) {
      together.push_back(id);
    }
  }
  EXPECT_THAT(together, testing::UnorderedElementsAreArray(Chosen({})));
}

TEST(SelectionTest, RefusesAWordThatIsNoCheck) {
  EXPECT_THAT(Refusal({.only = {"echo/lrge"}, .skip = {}, .shard = {}}),
              HasSubstr("there is no check 'echo/lrge'"));
  EXPECT_THAT(Refusal({.only = {}, .skip = {"zzzzzzzz"}, .shard = {}}), HasSubstr("eagain list"));
}

TEST(SelectionTest, RefusesAGlobThatMatchesNothing) {
  EXPECT_EQ(Refusal({.only = {"nothing/*"}, .skip = {}, .shard = {}}),
            "no check matches 'nothing/*'");
}

TEST(SelectionTest, SaysOfTheOtherRolesChecksThatTheyAre) {
  EXPECT_THAT(Refusal({.only = {"client/exit"}, .skip = {}, .shard = {}}),
              HasSubstr("'client/exit' is about a client: it goes with --role client"));
  EXPECT_THAT(Refusal({.only = {}, .skip = {"client/*"}, .shard = {}}),
              HasSubstr("'client/*' is about a client"));
}

TEST(SelectionTest, RefusesWhenNothingIsLeft) {
  EXPECT_THAT(Refusal({.only = {"echo"}, .skip = {"echo"}, .shard = {}}),
              HasSubstr("no check is left"));
  EXPECT_EQ(Refusal({.only = {"echo"}, .skip = {}, .shard = {3, 3}}),
            "shard 3/3 is empty: only 2 checks are chosen");
}

TEST(SelectionTest, ReadsShards) {
  EXPECT_EQ(ParseShard("2/5").index, 2);
  EXPECT_EQ(ParseShard("2/5").count, 5);
  for (const char* bad : {"", "/", "1", "0/3", "4/3", "1/0", "-1/3", "1/3x", "a/b", "1/ 3"}) {
    EXPECT_THROW(static_cast<void>(ParseShard(bad)), BadUsage) << bad;
  }
}

}  // namespace
}  // namespace eagain::runner
