// What each phrase of the language means. Texts that are refused: plan_error_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "eagain/fault/plan/parser.h"
#include "eagain/fault/plan/printer.h"

namespace eagain::fault {
namespace {

using std::chrono::microseconds;
using testing::ElementsAre;
using testing::IsEmpty;

Plan Parse(const std::string& text, bool hostile = false) {
  const ParsedPlan parsed = ParsePlan(text, {.hostile = hostile});
  EXPECT_TRUE(parsed.ok()) << parsed.error_text();
  return parsed.plan;
}

Rule ParseRule(const std::string& text, bool hostile = false) {
  const Plan plan = Parse(text, hostile);
  EXPECT_EQ(plan.rules.size(), 1u);
  return plan.rules.empty() ? Rule{} : plan.rules.front();
}

TEST(PlanParserTest, ARuleIsReadWordByWord) {
  Rule rule;
  rule.calls = Family::kSend;
  rule.outcome = Short{1};
  rule.on.role = Role::kClient;
  rule.when.every = 3;
  EXPECT_EQ(ParseRule("send short 1 on client every 3"), rule);
}

TEST(PlanParserTest, TheTextMayBeEmptyOrOnlyComments) {
  EXPECT_EQ(Parse(""), Plan{});
  EXPECT_EQ(Parse("# nothing\n\n  \t\r\n;; ;\n#"), Plan{});
}

TEST(PlanParserTest, NewlinesAndSemicolonsSeparateStatements) {
  const Plan lines = Parse("seed 9\nrecv short 1 # slow\r\nwait EINTR every 2");
  EXPECT_EQ(Parse("seed 9; recv short 1;wait EINTR every 2;"), lines);
  EXPECT_EQ(lines.rules.size(), 2u);
}

TEST(PlanParserTest, ASemicolonInACommentEndsNothing) {
  EXPECT_THAT(Parse("recv short 1 # one; wait EINTR once").rules, testing::SizeIs(1));
}

TEST(PlanParserTest, APlanMayStateItsSeed) {
  EXPECT_EQ(Parse("seed 0").seed, 0u);
  EXPECT_EQ(Parse("seed 18446744073709551615").seed, UINT64_MAX);
  EXPECT_EQ(Parse("recv short 1").seed, std::nullopt);
}

TEST(PlanParserTest, AFamilysNameIsTheFamily) {
  EXPECT_EQ(ParseRule("accept EMFILE").calls, CallSelector(Family::kAccept));
  EXPECT_EQ(ParseRule("exactly accept EMFILE").calls, CallSelector(Call::kAccept));
  EXPECT_EQ(ParseRule("accept4 EMFILE").calls, CallSelector(Call::kAccept4));
  EXPECT_EQ(ParseRule("exactly accept4 EMFILE"), ParseRule("accept4 EMFILE"));
}

TEST(PlanParserTest, EveryOutcomeHasItsWords) {
  EXPECT_EQ(ParseRule("recv ECONNRESET").outcome, Outcome(Errno{ECONNRESET}));
  EXPECT_EQ(ParseRule("recv short 17").outcome, Outcome(Short{17}));
  EXPECT_EQ(ParseRule("wait only 2").outcome, Outcome(Only{2}));
  EXPECT_EQ(ParseRule("wait reordered").outcome, Outcome(Reordered{}));
  EXPECT_EQ(ParseRule("send reset").outcome, Outcome(Reset{}));
  EXPECT_EQ(ParseRule("close delay 5us").outcome, Outcome(Delay{microseconds(5)}));
  EXPECT_EQ(ParseRule("close delay 20ms").outcome, Outcome(Delay{microseconds(20'000)}));
  EXPECT_EQ(ParseRule("close delay 3s").outcome, Outcome(Delay{microseconds(3'000'000)}));
}

TEST(PlanParserTest, EwouldblockIsEagain) {
  EXPECT_EQ(ParseRule("recv EWOULDBLOCK once"), ParseRule("recv EAGAIN once"));
}

TEST(PlanParserTest, SubjectsNameRoleModeAndConnection) {
  EXPECT_EQ(ParseRule("recv short 1 on any").on, Subject{});
  EXPECT_EQ(ParseRule("close EIO on listener").on, (Subject{.role = Role::kListener}));
  EXPECT_EQ(ParseRule("recv short 1 on client 12").on,
            (Subject{.role = Role::kClient, .connection = 12}));
  EXPECT_EQ(ParseRule("send short 1 on blocking client").on,
            (Subject{.role = Role::kClient, .mode = Mode::kBlocking}));
  EXPECT_EQ(ParseRule("send short 1 on non-blocking any").on,
            (Subject{.mode = Mode::kNonBlocking}));
}

TEST(PlanParserTest, ClausesOfTimeCombine) {
  EXPECT_EQ(ParseRule("recv short 1 at 4").when, (When{.from = 4, .to = 4}));
  EXPECT_EQ(ParseRule("recv short 1 from 4").when, (When{.from = 4}));
  EXPECT_EQ(ParseRule("recv short 1 from 4 to 9 every 2 with probability 0.5 at most 3 times").when,
            (When{.from = 4, .to = 9, .every = 2, .probability_ppm = 500'000, .times = 3}));
  EXPECT_EQ(ParseRule("recv short 1 once").when, (When{.times = 1}));
  EXPECT_EQ(ParseRule("recv short 1 at most 1 time"), ParseRule("recv short 1 once"));
}

TEST(PlanParserTest, ClausesComeInAnyOrder) {
  EXPECT_EQ(ParseRule("accept EMFILE from the start once from 2 to 5 on listener"),
            ParseRule("accept EMFILE on listener from 2 to 5 once from the start"));
}

TEST(PlanParserTest, ProbabilityIsExactToSixDigits) {
  EXPECT_EQ(ParseRule("recv short 1 with probability 0.000001").when.probability_ppm, 1u);
  EXPECT_EQ(ParseRule("recv short 1 with probability 0.25").when.probability_ppm, 250'000u);
  EXPECT_EQ(ParseRule("recv short 1 with probability 1").when, When{});
}

TEST(PlanParserTest, FromTheStartArmsARuleEarly) {
  EXPECT_TRUE(ParseRule("bind EADDRINUSE from the start").from_the_start);
  EXPECT_FALSE(ParseRule("accept EMFILE").from_the_start);
}

TEST(PlanParserTest, TheCanonicalTextIsShort) {
  EXPECT_EQ(RuleText(ParseRule("exactly  read short 1 on any from 1 every 1 with probability 1")),
            "read short 1");
  EXPECT_EQ(RuleText(ParseRule("exactly recv delay 3000us once on client 2 from 3 to 3")),
            "exactly recv delay 3ms on client 2 at 3 once");
  EXPECT_EQ(PlanText(Parse("recv short 1;seed 4")), "seed 4\nrecv short 1\n");
  EXPECT_EQ(PlanInOneLine(Parse("recv short 1\nseed 4")), "seed 4; recv short 1");
}

TEST(PlanParserTest, APlanIsHostileWhenARuleIs) {
  EXPECT_FALSE(Parse("recv EAGAIN once").hostile());
  const Plan plan = Parse("recv short 1\nrecv EBADF", true);
  EXPECT_TRUE(plan.hostile());
  EXPECT_FALSE(plan.rules[0].hostile());
  EXPECT_TRUE(plan.rules[1].hostile());
}

TEST(LoadPlanTest, AnArgumentThatIsNoFileNameIsAPlan) {
  EXPECT_EQ(LoadPlan("recv short 1; seed 3").plan, Parse("recv short 1\nseed 3"));
}

TEST(LoadPlanTest, AFileThatCannotBeReadIsAnError) {
  const ParsedPlan missing = LoadPlan("/nonexistent/slow.plan");
  ASSERT_THAT(missing.errors, testing::SizeIs(1));
  EXPECT_EQ(missing.error_text(), "/nonexistent/slow.plan: this plan file cannot be read\n");
  EXPECT_FALSE(LoadPlan("no_such.plan").ok());
  EXPECT_FALSE(LoadPlan("/").ok());
}

}  // namespace
}  // namespace eagain::fault
