// What a writer of a bad plan is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "eagain/fault/plan/nearest.h"
#include "eagain/fault/plan/parser.h"

namespace eagain::fault {
namespace {

using testing::HasSubstr;

std::string Errors(const std::string& text) {
  return ParsePlan(text, {.file = "x.plan"}).error_text();
}

TEST(PlanErrorTest, TheErrorShowsPlaceReasonLineCaretAndHint) {
  EXPECT_EQ(
      Errors("# bad\nrecv EADDRINUSE on client # no\n"),
      "x.plan:2:6: recv cannot fail with EADDRINUSE\n"
      "  recv EADDRINUSE on client # no\n"
      "       ^~~~~~~~~~\n"
      "  recv can fail with EAGAIN, EINTR, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENOBUFS, ENOMEM\n");
}

TEST(PlanErrorTest, TabsKeepTheCaretInPlaceAndControlBytesAreNotShown) {
  EXPECT_EQ(Errors("recv\tshort\tbig\x1b[2J"),
            "x.plan:1:12: expected a number of bytes, from 1 on, not \"big?[2J\"\n"
            "  recv\tshort\tbig?[2J\n"
            "      \t     \t^~~~~~~\n");
}

TEST(PlanErrorTest, EveryBadStatementIsReported) {
  const ParsedPlan parsed = ParsePlan("recv\nsend short 1\naccept shrt; wait EINTR every 0");
  ASSERT_EQ(parsed.errors.size(), 3u);
  EXPECT_EQ(parsed.errors[0].line, 1u);
  EXPECT_EQ(parsed.errors[0].column, 5u);
  EXPECT_EQ(parsed.errors[1].line, 3u);
  EXPECT_EQ(parsed.errors[1].column, 8u);
  EXPECT_EQ(parsed.errors[2].column, 31u);
}

TEST(PlanErrorTest, TheListOfErrorsIsBounded) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += "nonsense\n";
  }
  EXPECT_EQ(ParsePlan(text).errors.size(), kMostErrors);
}

struct BadPlan {
  const char* text;
  const char* place;  // "line:column"
  const char* reason;
};

void PrintTo(const BadPlan& plan, std::ostream* os) { *os << plan.text; }

class BadPlanTest : public testing::TestWithParam<BadPlan> {};

TEST_P(BadPlanTest, IsRefusedWithPlaceAndReason) {
  const ParsedPlan parsed = ParsePlan(GetParam().text, {.file = "x.plan"});
  ASSERT_EQ(parsed.errors.size(), 1u);
  EXPECT_THAT(parsed.error_text(), HasSubstr(std::string("x.plan:") + GetParam().place + ": "));
  EXPECT_THAT(parsed.error_text(), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, BadPlanTest,
    testing::Values(
        BadPlan{"rcev short 1", "1:1", "did you mean \"recv\"?"},
        BadPlan{"sede 4", "1:1", "did you mean \"seed\"?"},
        BadPlan{"epoll_wiat EINTR once", "1:1", "did you mean \"epoll_wait\"?"},
        BadPlan{"frobnicate", "1:1",
                "expected the name of a call, or \"seed\", not \"frobnicate\"\n"},
        BadPlan{"exactly wait EINTR once", "1:9", "expected the name of a call after \"exactly\""},
        BadPlan{"exactly", "1:8", "expected the name of a call after \"exactly\" here"},
        BadPlan{"recv", "1:5", "expected what happens"},
        BadPlan{"recv eagain once", "1:6", "did you mean \"EAGAIN\"?"},
        BadPlan{"recv ECONRESET", "1:6", "did you mean \"ECONNRESET\"?"},
        BadPlan{"recv short", "1:11", "expected a number of bytes"},
        BadPlan{"recv short 0", "1:12", "expected a number of bytes, from 1 on, not \"0\""},
        BadPlan{"recv short -1", "1:12", "not \"-1\""},
        BadPlan{"recv short 1x", "1:12", "not \"1x\""},
        BadPlan{"recv short 99999999999999999999", "1:12", "too large"},
        BadPlan{"recv delay 20", "1:12", "a time with its unit"},
        BadPlan{"recv delay 20 ms", "1:12", "a time with its unit"},
        BadPlan{"recv delay 3601s", "1:12", "the longest is 3600s"},
        BadPlan{"recv short 1 client", "1:14", "expected \"on\", \"at\""},
        BadPlan{"recv short 1 on klient", "1:17", "did you mean \"client\"?"},
        BadPlan{"recv short 1 on client 0", "1:24", "the number of the connection"},
        BadPlan{"recv short 1 on", "1:16", "expected \"listener\""},
        BadPlan{"recv short 1 at", "1:16", "the number of a call"},
        BadPlan{"recv short 1 at 0", "1:17", "the number of a call"},
        BadPlan{"recv short 1 at most 3", "1:23", "expected \"times\""},
        BadPlan{"recv short 1 from the begining", "1:23", "expected \"start\""},
        BadPlan{"recv short 1 with probability 2", "1:31", "a probability above 0"},
        BadPlan{"recv short 1 with probability 0.0", "1:31", "a probability above 0"},
        BadPlan{"recv short 1 with probability 0.1234567", "1:31", "six digits"},
        BadPlan{"recv short 1 with luck", "1:19", "expected \"probability\""},
        BadPlan{"recv short 1 every 2 every 3", "1:22", "a rule has one \"every\""},
        BadPlan{"recv short 1 at 2 from 3", "1:19", "a rule has one place"},
        BadPlan{"recv short 1 once at most 2 times", "1:19", "a rule has one \"at most\""},
        BadPlan{"recv short 1 on any on client", "1:21", "a rule has one subject"},
        BadPlan{"seed", "1:5", "expected a number"},
        BadPlan{"seed 1 2", "1:8", "nothing follows a seed"},
        BadPlan{"seed 1; seed 2", "1:9", "a plan has one seed"}));

INSTANTIATE_TEST_SUITE_P(
    Sense, BadPlanTest,
    testing::Values(
        BadPlan{"accept short 1", "1:8", "accept cannot be short: it moves no bytes"},
        BadPlan{"recv only 1", "1:6", "recv reports no events"},
        BadPlan{"poll reordered", "1:6", "poll has no order of its own to change"},
        BadPlan{"accept reset", "1:8", "accept has no connection to reset"},
        BadPlan{"close EAGAIN", "1:7", "close cannot fail with EAGAIN"},
        BadPlan{"recv short 1 on listener", "1:14", "called on a client, not on a listener"},
        BadPlan{"accept EMFILE on client", "1:15", "called on a listener, not on a client"},
        BadPlan{"wait EINTR once on client", "1:17", "wait has no subject"},
        BadPlan{"bind EADDRINUSE", "1:1", "add \"from the start\""},
        BadPlan{"recv short 1 from 5 to 4", "1:1", "it never fires: 5 comes after 4"},
        BadPlan{"recv short 1 from 2 to 4 every 4", "1:1", "there is no call number 4"}));

INSTANTIATE_TEST_SUITE_P(
    Hostility, BadPlanTest,
    testing::Values(BadPlan{"recv EBADF", "1:6", "only the program's own mistake causes it"},
                    BadPlan{"send EMSGSIZE", "1:6", "TCP does not"},
                    BadPlan{"recv EAGAIN once on blocking client", "1:1",
                            "no kernel does this to recv on a blocking descriptor"},
                    BadPlan{"recv EINTR once on non-blocking client", "1:1",
                            "no kernel does this to recv on a non-blocking descriptor"},
                    BadPlan{"wait EINTR", "1:1", "no kernel tells wait to try again for ever"},
                    BadPlan{"recv EAGAIN on client 3", "1:1",
                            "no kernel tells recv to try again for ever"}));

TEST(HostilePlanTest, PermissionLetsHostileRulesPassAndImpossibleOnesNot) {
  const ParsedPlan parsed = ParsePlan("recv EBADF\nwait EINTR\nrecv EADDRINUSE", {.hostile = true});
  ASSERT_EQ(parsed.errors.size(), 1u);
  EXPECT_EQ(parsed.errors[0].line, 3u);
  EXPECT_TRUE(parsed.plan.hostile());
}

TEST(HostilePlanTest, TheRefusalSaysHowToAllowIt) {
  EXPECT_THAT(Errors("recv EBADF"), HasSubstr("--hostile lets it pass, never graded"));
}

TEST(NearestTest, ForgivesSlipsAndCaseButNotEverything) {
  EXPECT_EQ(Nearest("econnreset", {"ECONNABORTED", "ECONNRESET"}), "ECONNRESET");
  EXPECT_EQ(Nearest("esnd", {"recv", "send"}), "send");
  EXPECT_EQ(Nearest("zzzz", {"recv", "send"}), "");
  EXPECT_EQ(Nearest(std::string(1'000, 'r'), {"recv"}), "");
}

}  // namespace
}  // namespace eagain::fault
