#include <gtest/gtest.h>

#include "family_test_name.h"
#include "verdict_of.h"

namespace eagain::checks {
namespace {

class EchoChecksTest : public testing::TestWithParam<Check> {};

TEST_P(EchoChecksTest, PassesOnAMultiplexingServer) {
  EXPECT_THAT(VerdictOf(GetParam().id, RightServer()), Passes());
}

TEST_P(EchoChecksTest, PassesOnAServerThatServesOneClientAfterTheOther) {
  EXPECT_THAT(VerdictOf(GetParam().id, OneByOneServer()), Passes());
}

TEST_P(EchoChecksTest, PassesOnAnEdgeTriggeredServer) {
  EXPECT_THAT(VerdictOf(GetParam().id, EdgeTriggeredServer(16)), Passes());
}

INSTANTIATE_TEST_SUITE_P(All, EchoChecksTest, testing::ValuesIn(EchoChecks()), SlugOf);

TEST(OneByteTest, FailsOnAServerThatWaitsForANewline) {
  EXPECT_THAT(VerdictOf("echo/one-byte", WrongServer("waits-for-newline")),
              FailsSaying("nothing came: nothing moved"));
}

TEST(OneByteTest, FailsOnAServerThatSaysMore) {
  EXPECT_THAT(VerdictOf("echo/one-byte", WrongServer("says-more")), FailsSaying("\"!\""));
}

TEST(RoundTripsTest, FailsOnAServerThatAnswersOnce) {
  EXPECT_THAT(VerdictOf("echo/round-trips", WrongServer("answers-once")),
              FailsAsTheConnectionEnded());
}

TEST(BufferBoundariesTest, FailsOnAServerThatLosesTheLastByteOfAFullBuffer) {
  EXPECT_THAT(VerdictOf("echo/buffer-boundaries", WrongServer("loses-the-last-of-1024")),
              FailsSaying("1,023 of 1,024 bytes"));
}

TEST(BufferBoundariesTest, FailsOnAServerThatSendsTheTailOfAnOlderMessage) {
  EXPECT_THAT(VerdictOf("echo/buffer-boundaries", WrongServer("sends-an-old-tail")),
              FailsSaying("a second time"));
}

TEST(BinaryTest, FailsOnAServerThatEndsAtNul) {
  EXPECT_THAT(VerdictOf("echo/binary", WrongServer("ends-at-nul")),
              FailsSaying("nothing came (due next is a NUL, the end of a string in C)"));
}

TEST(BinaryTest, FailsOnAServerThatReplacesWhatIsNoText) {
  EXPECT_THAT(VerdictOf("echo/binary", WrongServer("replaces-bad-text")),
              FailsSaying("not what was sent"));
}

TEST(BinaryTest, FailsOnAServerThatChangesLetters) {
  EXPECT_THAT(VerdictOf("echo/binary", WrongServer("upper-case")),
              FailsSaying("not what was sent"));
}

TEST(SplitCharactersTest, FailsOnAServerThatDiesOfHalfACharacter) {
  const Outcome outcome =
      VerdictOf("echo/split-characters", WrongServer("dies-of-half-a-character"));
  EXPECT_THAT(outcome, FailsSaying("the server has ended: exit status 1"));
  EXPECT_THAT(outcome.server_output, testing::HasSubstr("UnicodeDecodeError"));
}

TEST(SplitCharactersTest, PassesOnAServerThatWaitsForTheWholeLine) {
  EXPECT_THAT(VerdictOf("echo/split-characters", WrongServer("waits-for-newline")), Passes());
}

TEST(LargeTest, FailsOnAServerThatLosesTheRestOfAShortSend) {
  EXPECT_THAT(VerdictOf("echo/large", WrongServer("loses-the-rest")),
              FailsSaying("bytes are missing"));
}

TEST(OrdinaryWordsTest, FailsOnAServerThatLeavesAtExit) {
  const Outcome outcome = VerdictOf("echo/ordinary-words", WrongServer("leaves-at-exit"));
  EXPECT_THAT(outcome, FailsAsTheConnectionEnded());
  EXPECT_THAT(outcome.expected, testing::HasSubstr("\"exit\" comes back"));
}

TEST(OrdinaryWordsTest, FailsOnAServerThatStripsLines) {
  const Outcome outcome = VerdictOf("echo/ordinary-words", WrongServer("strips-lines"));
  EXPECT_THAT(outcome, FailsSaying("4 of 5 bytes"));
  EXPECT_THAT(outcome.expected, testing::HasSubstr(R"("exit\n" comes back)"));
}

TEST(UnsolicitedTest, FailsOnAServerThatGreetsAndShowsTheGreeting) {
  EXPECT_THAT(VerdictOf("echo/unsolicited", WrongServer("greets")), FailsSaying(R"("Welcome!\n")"));
}

TEST(UnsolicitedTest, PassesOnAServerThatSaysNothingForWantOfANewline) {
  EXPECT_THAT(VerdictOf("echo/unsolicited", WrongServer("waits-for-newline")), Passes());
}

TEST(AfterSilenceTest, FailsOnAServerThatGivesUpAfterASecond) {
  EXPECT_THAT(VerdictOf("echo/after-silence", WrongServer("gives-up-after-a-second")),
              FailsAsTheConnectionEnded());
}

TEST(SequentialClientsTest, FailsOnAServerThatServesThree) {
  EXPECT_THAT(VerdictOf("echo/sequential-clients", WrongServer("serves-three-clients")),
              FailsSaying("1 connection waits to be accepted"));
}

}  // namespace
}  // namespace eagain::checks
