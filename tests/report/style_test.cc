#include "eagain/report/style.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace eagain::report {
namespace {

TEST(WrappedTest, BreaksAtSpacesAndIndents) {
  EXPECT_EQ(Wrapped("one two three four", 2, 10), "one two\n  three\n  four");
  EXPECT_EQ(Wrapped("one\ntwo", 2, 10), "one\n  two");
  EXPECT_EQ(Wrapped("", 2, 10), "");
}

TEST(WrappedTest, LeavesWhatCannotBeBroken) {
  EXPECT_EQ(Wrapped("a waytoolongword b", 0, 5), "a\nwaytoolongword\nb");
  EXPECT_EQ(Wrapped("see:\n  00 01 02 03 04", 0, 8), "see:\n  00 01 02 03 04");
}

TEST(WrappedTest, GivesATableTheRoomThatItNeeds) {
  EXPECT_EQ(Wrapped("see:\n  00 01 02\n     ^^\nso", 4, 12),
            "see:\n    00 01 02\n       ^^\n    so");
  EXPECT_EQ(Wrapped("see:\n  00\n  01", 4, 12), "see:\n      00\n      01");
}

TEST(CutToTest, CutsBetweenCharacters) {
  EXPECT_EQ(CutTo("short", 5), "short");
  EXPECT_EQ(CutTo("longer text", 8), "longe...");
  EXPECT_EQ(CutTo("ääääää", 5), "ää...");
  EXPECT_EQ(CutTo("abc", 2), "..");
  EXPECT_EQ(CutTo("e\u0301tudes", 4), "e\u0301...") << "an accent of its own takes no column";
}

// Servers print what they receive. (What took time by the square of the length took hours for this.)
TEST(CutToTest, ALineMayBeMegabytesLong) {
  EXPECT_EQ(CutTo(std::string(4'000'000, 'x'), 10), "xxxxxxx...");
}

class StyleOfTest : public testing::Test {
 protected:
  StyleOfTest() {
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    winsize size{};
    size.ws_col = 72;
    size.ws_row = 20;
    EXPECT_EQ(openpty(&user_, &terminal_, nullptr, nullptr, &size), 0);
  }
  ~StyleOfTest() override {
    close(user_);
    close(terminal_);
  }
  int user_ = -1;
  int terminal_ = -1;
};

TEST_F(StyleOfTest, ATerminalIsLiveAndHasColoursAndAWidth) {
  const Style style = StyleOf(terminal_);
  EXPECT_TRUE(style.live);
  EXPECT_TRUE(style.colour);
  EXPECT_EQ(style.width, 72U);
  EXPECT_EQ(style.red("x"), "\033[1;31mx\033[0m");
}

TEST_F(StyleOfTest, NoColourWhereItIsNotWanted) {
  setenv("NO_COLOR", "1", 1);
  EXPECT_TRUE(StyleOf(terminal_).live);
  EXPECT_EQ(StyleOf(terminal_).red("x"), "x");
  setenv("NO_COLOR", "", 1);  // no-color.org: only when not empty
  EXPECT_TRUE(StyleOf(terminal_).colour);
}

TEST_F(StyleOfTest, ADumbTerminalIsPlain) {
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(StyleOf(terminal_).live);
  EXPECT_FALSE(StyleOf(terminal_).colour);
}

TEST_F(StyleOfTest, APipeIsPlainAndAsWideAsAPage) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const Style style = StyleOf(ends[1]);
  EXPECT_FALSE(style.live);
  EXPECT_FALSE(style.colour);
  EXPECT_EQ(style.width, 100U);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace eagain::report
