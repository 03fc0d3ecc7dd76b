#include "eagain/driver/wording.h"

#include <gtest/gtest.h>

namespace eagain::driver {
namespace {

TEST(WordingTest, NumbersAreGroupedByThousands) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(33554432), "33,554,432");
}

TEST(WordingTest, OneIsSingular) {
  EXPECT_EQ(Counted(1, "byte"), "1 byte");
  EXPECT_EQ(Counted(2000, "byte"), "2,000 bytes");
}

TEST(WordingTest, TimesAreInMillisecondsBelowASecond) {
  EXPECT_EQ(Duration(std::chrono::milliseconds(40)), "40 ms");
  EXPECT_EQ(Duration(std::chrono::milliseconds(1500)), "1.5 s");
  EXPECT_EQ(Duration(std::chrono::microseconds(999'900)), "1.0 s");
}

TEST(WordingTest, NothingInAnExcerptCanReachATerminal) {
  EXPECT_EQ(Excerpt("a\n\r\t\"\\\x1b[31m\x7f\xc3"), R"("a\n\r\t\"\\\x1b[31m\x7f\xc3")");
  EXPECT_EQ(Excerpt("abcdef", 3), "\"abc\"...");
}

}  // namespace
}  // namespace eagain::driver
