#include "eagain/checks/shown_text.h"

#include <gtest/gtest.h>

#include <string>

namespace eagain::checks {
namespace {

TEST(FindTextTest, FindsTheTextAmongPromptsAndDecorations) {
  const ShownText found = FindText("> Echo: hello\n> ", "hello");
  EXPECT_EQ(found.bytes, 5U);
  EXPECT_EQ(found.end, 13U);
}

TEST(FindTextTest, WhatStandsBeforeTheOffsetDoesNotCount) {
  EXPECT_EQ(FindText("sent hello", "hello", 6).bytes, 0U);
  EXPECT_EQ(FindText("sent hello, got hello", "hello", 6).end, 21U);
  EXPECT_EQ(FindText("hello", "hello", 100).bytes, 0U);
}

TEST(FindTextTest, ATextMayBeShownInPartsOfALine) {
  EXPECT_EQ(FindText("Echo: 12345678\nEcho: 9012345\n", "123456789012345").bytes, 15U);
}

TEST(FindTextTest, AShortTextIsShownInOneOrNotAtAll) {
  EXPECT_EQ(FindText("h e l l o", "hello").bytes, 0U);
}

TEST(FindTextTest, SaysHowMuchOfALongTextIsThere) {
  EXPECT_EQ(FindText("Echo: 1234567890\n> ", "1234567890abcdefgh").bytes, 10U);
}

TEST(FindTextTest, PartsInAnotherOrderAreNotTheText) {
  EXPECT_EQ(FindText("abcdefgh12345678", "12345678abcdefgh").bytes, 8U);
}

TEST(FindTextTest, NothingStandsWithinACharacter) {
  EXPECT_EQ(
      FindText("Echo: of plain \xc3\nEcho: \xa9t\xc3\xa9 words", "of plain \xc3\xa9t\xc3\xa9 words")
          .bytes,
      9U);
  EXPECT_EQ(
      FindText("Echo: of plain \nEcho: \xc3\xa9t\xc3\xa9 words", "of plain \xc3\xa9t\xc3\xa9 words")
          .bytes,
      20U);
}

TEST(FindTextTest, TheEmptyTextIsAlwaysThere) { EXPECT_EQ(FindText("", "").bytes, 0U); }

TEST(SaysSomethingNewTest, AMessageIsNewAndOneMoreFrameIsNot) {
  const std::string before = "Connected to 127.0.0.1:80\n> Received: hello\n> ";
  EXPECT_FALSE(SaysSomethingNew("Received: \n> ", before, "anybody"));
  EXPECT_FALSE(SaysSomethingNew("Received: anybody\n> ", before, "anybody"));
  EXPECT_TRUE(SaysSomethingNew("Received: \nConnection closed\n", before, "anybody"));
  EXPECT_TRUE(SaysSomethingNew("\xd1\x81\xd0\xb5\xd1\x80\xd0\xb2\xd0\xb5\xd1\x80\n", before, ""));
}

TEST(SaysSomethingTest, APromptIsNoWord) {
  EXPECT_FALSE(SaysSomething("> \n$ 42 ok?\n"));
  EXPECT_TRUE(SaysSomething("connect: Connection refused\n"));
}

}  // namespace
}  // namespace eagain::checks
