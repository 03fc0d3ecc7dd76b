#include "eagain/grade/rubric.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "eagain/runner/bad_usage.h"

namespace eagain::grade {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

RubricContext Context() { return {.strategies = {"select", "poll", "epoll"}}; }

Rubric Parse(std::string_view text) { return ParseRubric(text, "lab.toml", Context()); }

std::vector<std::string_view> Ids(const runner::CheckList& checks) {
  std::vector<std::string_view> ids;
  for (const checks::Check* check : checks) {
    ids.push_back(check->id);
  }
  return ids;
}

std::string ErrorOf(std::string_view text) {
  try {
    static_cast<void>(Parse(text));
  } catch (const runner::BadUsage& error) {
    return error.what();
  }
  return "accepted";
}

// What follows is in line 2 of an item.
std::string ErrorOfItem(const std::string& line) {
  return ErrorOf("[[item]]\n" + line + "\nname = \"x\"\n");
}

TEST(RubricTest, AnItemNamesItsChecksAndTheirPoints) {
  const Rubric rubric = Parse(R"(
    title = "Lab"
    strategy = "poll"
    [[item]]
    name = "One"
    checks = ["echo/large", "echo/one-byte"]
    points = 10
    scoring = "all-or-nothing"
    partial_credit = true
    visibility = "after_due_date"
    requires = "lifecycle/listens"
    [[item]]
    name = "Two"
    checks = "lifecycle/l*"
    points_each = 2.5)");
  EXPECT_EQ(rubric.title, "Lab");
  EXPECT_EQ(rubric.strategy, "poll");
  ASSERT_THAT(rubric.items, SizeIs(2));
  const Item& one = rubric.items[0];
  EXPECT_EQ(one.name, "One");
  EXPECT_THAT(Ids(one.counting), ElementsAre("echo/one-byte", "echo/large"));
  EXPECT_EQ(one.points, 10);
  EXPECT_TRUE(one.all_or_nothing && one.partial_credit);
  EXPECT_EQ(one.visibility, "after_due_date");
  EXPECT_THAT(one.requires_passed, ElementsAre("lifecycle/listens"));
  EXPECT_EQ(rubric.items[1].points, 2.5);
  EXPECT_THAT(Ids(rubric.checks()),
              ElementsAre("echo/one-byte", "echo/large", "lifecycle/listens"));
}

TEST(RubricTest, ACheckBelongsToTheFirstItemThatNamesIt) {
  const Rubric rubric = Parse(R"(
    item = [{name = "a", checks = "echo/large", points = 1},
            {name = "b", checks = "echo", points = 1},
            {name = "c", checks = "*", points = 1}])");
  EXPECT_THAT(Ids(rubric.items[1].counting),
              AllOf(Contains("echo/one-byte"), Not(Contains("echo/large"))));
  EXPECT_THAT(Ids(rubric.items[2].counting), Not(Contains("echo/one-byte")));
}

TEST(RubricTest, BelowItsLevelIsAdviceUnlessNamedById) {
  const std::string item = "[[item]]\nname = \"a\"\npoints = 1\nchecks = ";
  EXPECT_THAT(Ids(Parse(item + "\"ordering\"").items[0].advice),
              ElementsAre("ordering/bounded-queue"));
  const Rubric named = Parse(item + "\"ordering/bounded-queue\"");
  EXPECT_THAT(Ids(named.items[0].counting), ElementsAre("ordering/bounded-queue"));
  EXPECT_TRUE(named.counting().counts(*checks::FindCheck("ordering/bounded-queue")));
  EXPECT_FALSE(named.counting().counts(*checks::FindCheck("lifecycle/port-in-use")));
  EXPECT_THAT(Parse("level = \"should\"\n" + item + "\"ordering\"").items[0].advice, IsEmpty());
  EXPECT_THAT(Parse(item + "\"ordering\"\nlevel = \"should\"").items[0].advice, IsEmpty());
}

TEST(RubricTest, WhatAnItemRequiresIsAGateForItsChecks) {
  const Rubric rubric = Parse(R"(
    item = [{name = "a", checks = "ordering", points = 1, requires = "concurrency/second-client"}])");
  const runner::Gate gate = rubric.gates().back();
  EXPECT_EQ(gate.id, "concurrency/second-client");
  EXPECT_TRUE(gate.guards(*checks::FindCheck("ordering/backpressure")));
  EXPECT_FALSE(gate.guards(*checks::FindCheck("echo/large")));
}

TEST(RubricTest, IsAboutServersUnlessItsRoleIsClient) {
  const std::string item = "item = [{name = \"a\", points = 1, checks = \"*\"}]";
  EXPECT_EQ(Parse(item).role, checks::Role::kServer);
  EXPECT_THAT(Ids(Parse(item).items[0].counting),
              AllOf(Contains("echo/large"), Not(Contains("client/exit"))));
  const Rubric rubric = Parse("role = \"client\"\n" + item);
  EXPECT_EQ(rubric.role, checks::Role::kClient);
  EXPECT_THAT(Ids(rubric.checks()), AllOf(Contains("client/exit"), Not(Contains("echo/large"))));
}

TEST(RubricTest, SaysWhichRoleAMisplacedCheckWants) {
  EXPECT_THAT(ErrorOf("[[item]]\nname = \"a\"\npoints = 1\nchecks = \"client/exit\"\n"),
              HasSubstr("lab.toml:4:10: 'client/exit' is about a client: its rubric says role = "
                        "\"client\""));
  EXPECT_THAT(ErrorOf("item = [{name = \"a\", points = 1, checks = \"echo\"}]\n"
                      "role = \"client\"\n"),
              HasSubstr("lab.toml:1:43: 'echo' is about a server: its rubric says role = "
                        "\"server\""));
  EXPECT_THAT(ErrorOf("role = \"cliemt\"\n[[item]]\n"),
              AllOf(HasSubstr("lab.toml:1:8: role cannot be 'cliemt'"),
                    HasSubstr("did you mean \"client\"?")));
  EXPECT_THAT(ErrorOf("role = \"client\"\nstrategy = \"poll\"\n"
                      "item = [{name = \"a\", points = 1, checks = \"*\"}]"),
              HasSubstr("lab.toml:2:12: a server has a strategy, and role is \"client\""));
}

TEST(RubricTest, SaysWhereSomethingIsWrong) {
  EXPECT_THAT(
      ErrorOf("[[item]]\nname = \"a\"\npoints = 1\nchecks = [\"echo\", \"echo/larg\"]\n"),
      AllOf(HasSubstr("lab.toml:4:19: there is no check 'echo/larg'; did you mean echo/large"),
            HasSubstr("\n  checks = [\"echo\", \"echo/larg\"]\n"
                      "                    ^~~~~~~~~~~")));
}

TEST(RubricTest, TellsOfEverythingThatIsWrong) {
  const std::string error = ErrorOf(R"(titel = "x"
strategy = "epol"
[[item]]
name = "a"
checks = "ecko"
points = -1
[[item]]
name = "a"
checks = "echo"
)");
  EXPECT_THAT(error, AllOf(HasSubstr("lab.toml:1:1: there is no key 'titel' here"),
                           HasSubstr("did you mean title?"),
                           HasSubstr("lab.toml:2:12: strategy cannot be 'epol'"),
                           HasSubstr("did you mean \"epoll\"?"),
                           HasSubstr("lab.toml:5:10: there is no check 'ecko'"),
                           HasSubstr("lab.toml:6:10: points are a number from 0 on"),
                           HasSubstr("lab.toml:8:8: there is an item 'a' already"),
                           HasSubstr("lab.toml:7:1: this item has no points")));
}

TEST(RubricTest, RefusesWhatMakesNoSense) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("a rubric wants items"));
  EXPECT_THAT(ErrorOf("item = 3"), HasSubstr("lab.toml:1:8: a rubric wants items"));
  EXPECT_THAT(ErrorOf("a = \n"), HasSubstr("lab.toml:1:"));
  EXPECT_THAT(ErrorOfItem("checks = 3"), HasSubstr("lab.toml:2:10: checks wants"));
  EXPECT_THAT(ErrorOfItem("checks = []"), HasSubstr("no check of this item counts"));
  EXPECT_THAT(ErrorOfItem("points = 1"), HasSubstr("names no checks"));
  EXPECT_THAT(ErrorOfItem("points = nan"), HasSubstr("2:10: points are a number"));
  EXPECT_THAT(ErrorOfItem("points = 1\npoints_each = 1"), HasSubstr("not both"));
  EXPECT_THAT(ErrorOfItem("scoring = \"all\""), HasSubstr("scoring cannot be 'all'"));
  EXPECT_THAT(ErrorOfItem("visibility = \"hiden\""), HasSubstr("did you mean \"hidden\"?"));
  EXPECT_THAT(ErrorOfItem("partial_credit = 1"), HasSubstr("true or false"));
  EXPECT_THAT(ErrorOfItem("checks = [\"echo\", \"echo/large\"]"),
              HasSubstr("every check of 'echo/large' is named before"));
  EXPECT_THAT(ErrorOfItem("checks = \"echo\"\npoints = 0"), HasSubstr("no points at all"));
  EXPECT_THAT(ErrorOfItem("checks = \"*/port-in-use\"\npoints = 1"), HasSubstr("below its level"));
}

TEST(RubricTest, AFileThatCannotBeReadIsToldWithItsName) {
  try {
    static_cast<void>(ReadRubric("/nonexistent/lab.toml", Context()));
    ADD_FAILURE() << "read";
  } catch (const runner::BadUsage& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("/nonexistent/lab.toml"), HasSubstr("No such file")));
  }
}

TEST(RubricTest, TheWorkedOnesAreRight) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(EAGAIN_FIXTURE_RUBRICS)) {
    const Rubric rubric = ReadRubric(entry.path(), Context());
    double total = 0;
    for (const Item& item : rubric.items) {
      total += item.points;
    }
    EXPECT_EQ(total, 100) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 3);
}

}  // namespace
}  // namespace eagain::grade
