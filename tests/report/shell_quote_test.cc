#include "eagain/report/shell_quote.h"

#include <gtest/gtest.h>
#include <stdio.h>

namespace eagain::report {
namespace {

TEST(ShellQuoteTest, LeavesPlainWordsAlone) {
  EXPECT_EQ(ShellCommand({"python3", "./s.py", "{port}", "--host=127.0.0.1", "a_b%c@d+e:f"}),
            "python3 ./s.py {port} --host=127.0.0.1 a_b%c@d+e:f");
}

TEST(ShellQuoteTest, QuotesWhatAShellWouldTake) {
  EXPECT_EQ(ShellQuoted(""), "''");
  EXPECT_EQ(ShellQuoted("a b"), "'a b'");
  EXPECT_EQ(ShellQuoted("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellQuoted("{1..3}"), "'{1..3}'");
  EXPECT_EQ(ShellQuoted("a\nb"), "$'a\\012b'");
}

// What bash makes of the quoted words is what they were.
TEST(ShellQuoteTest, IsUndoneByTheShell) {
  const std::vector<std::string> words = {
      "$HOME", "`id`", "a;b",   "*",      "~",  "#x",     "!!",    "\\", "it's \"so\"", "\t\x01",
      "\xff'", "",     "{a,b}", "{port}", "=x", "a\\'\n", "größe", "-n", "(x)"};
  std::string expected;
  for (const std::string& word : words) {
    expected += "<" + word + ">";
  }
  const std::string script = "printf '<%s>' " + ShellCommand(words);
  // popen() has a shell of its own, so the script goes in by the environment.
  setenv("SCRIPT", script.c_str(), 1);
  FILE* shell = popen("LC_ALL=C bash -c \"$SCRIPT\"", "r");
  std::string printed;
  for (int byte = 0; (byte = fgetc(shell)) != EOF;) {
    printed += static_cast<char>(byte);
  }
  EXPECT_EQ(pclose(shell), 0);
  EXPECT_EQ(printed, expected) << script;
}

}  // namespace
}  // namespace eagain::report
