#include "eagain/report/escape.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace eagain::report {
namespace {

TEST(EscapeTest, KeepsTextAndItsLayout) {
  EXPECT_EQ(Escape("one\n\ttwo"), "one\n\ttwo");
  EXPECT_EQ(Escape("größe 数 🦀"), "größe 数 🦀");
  EXPECT_EQ(Escape(""), "");
}

TEST(EscapeTest, WritesControlsOut) {
  EXPECT_EQ(Escape("\033[2J\033]0;title\007"), "\\e[2J\\e]0;title\\x07");
  EXPECT_EQ(Escape(std::string("a\0b\r\x7f", 5)), "a\\x00b\\r\\x7f");
  EXPECT_EQ(Escape("\u009b31m"), "\\u009b31m");  // CSI as one C1 character
}

TEST(EscapeTest, WritesOutWhatTurnsTextAround) {
  EXPECT_EQ(Escape("a\u202eb\u2066c\u200fd"), "a\\u202eb\\u2066c\\u200fd");
  EXPECT_EQ(Escape("\ufeff\u2028"), "\\ufeff\\u2028");
}

TEST(EscapeTest, WritesOutWhatIsNotUtf8) {
  EXPECT_EQ(Escape("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(Escape("\xc3("), "\\xc3(");         // cut short
  EXPECT_EQ(Escape("\xe2\x82"), "\\xe2\\x82");  // at the end
  EXPECT_EQ(Escape("\xc0\x80"), "\\xc0\\x80");  // overlong
  EXPECT_EQ(Escape("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
  EXPECT_EQ(Escape("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(Escape("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  EXPECT_EQ(Escape("\x80\xc3\xa4"), "\\x80ä");
}

TEST(EscapeTest, OfALineWritesItsEndsOutToo) {
  EXPECT_EQ(EscapeLine("one\n\ttwo"), "one\\n\\ttwo");
}

TEST(EscapeTest, OfAnyBytesIsValidUtf8WithoutControls) {
  std::minstd_rand random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 16, '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(random() % 3 == 0 ? random() % 0x40 + 0xc0 : random());
    }
    const std::string escaped = EscapeLine(bytes);
    // dump() throws for what is not UTF-8.
    EXPECT_NO_THROW(static_cast<void>(nlohmann::json(escaped).dump())) << "round " << round;
    for (const char byte : escaped) {
      EXPECT_TRUE(static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f) << "round " << round;
    }
  }
}

TEST(EscapeTest, CountsColumns) {
  EXPECT_EQ(Columns("größe"), 5U);
  EXPECT_EQ(Columns("e\u0301"), 1U);
  EXPECT_EQ(Columns(""), 0U);
}

}  // namespace
}  // namespace eagain::report
