// The manual page and the completions, tried by those who read them.
#include <gmock/gmock.h>
#include <unistd.h>

#include "program.h"

namespace eagain {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CompletionTest : public testing::Test {
 protected:
  int run(const std::vector<std::string>& words, const std::string& input = "") {
    Program program(words);
    program.type(input);
    program.end_input();
    const int status = program.wait();
    output_ = program.output();
    errors_ = program.errors();
    return status;
  }
  std::string completion(const std::string& what) {
    EXPECT_EQ(run({EAGAIN_PROGRAM, "completion", what}), 0) << errors_;
    return output_;
  }

  std::string output_;
  std::string errors_;
};

TEST_F(CompletionTest, BashCompletesVerbsAndTheirOptions) {
  const std::string script = completion("bash") + R"(
try() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
  _eagain
  echo "${COMPREPLY[*]}"
}
try eagain gr
try eagain grade --rub
try eagain check --all
try eagain check -- --rep
)";
  EXPECT_EQ(run({"/bin/bash", "-s"}, script), 0) << errors_;
  EXPECT_EQ(output_, "grade\n--rubric\n\n\n");
  EXPECT_EQ(errors_, "");
}

TEST_F(CompletionTest, EveryVerbHasExamplesAndThePageHasThem) {
  const std::string page = completion("man");
  for (const char* verb : {"bench", "check", "grade", "merge", "init", "list", "explain", "inject",
                           "serve", "client", "simulate", "trigger", "completion"}) {
    EXPECT_EQ(run({EAGAIN_PROGRAM, verb, "--help"}), 0) << errors_;
    EXPECT_THAT(output_, testing::ContainsRegex(std::string("Examples?:[^=]*eagain ") + verb));
    EXPECT_THAT(page, HasSubstr(std::string(".B eagain ") + verb + "\n"));
  }
}

TEST_F(CompletionTest, AVerbThatTakesACommandSaysSo) {
  EXPECT_EQ(run({EAGAIN_PROGRAM, "inject", "--help"}), 0);
  EXPECT_THAT(output_, HasSubstr("eagain inject [OPTIONS] [plan] -- COMMAND [ARGUMENT...]"));
  EXPECT_EQ(run({EAGAIN_PROGRAM, "check", "--help"}), 0);
  EXPECT_THAT(output_, HasSubstr("eagain check [OPTIONS] -- COMMAND [ARGUMENT...]"));
}

TEST_F(CompletionTest, ZshAndFishTakeTheirsForSyntax) {
  for (const auto& [shell, path] : {std::pair{"zsh", "/usr/bin/zsh"}, {"fish", "/usr/bin/fish"}}) {
    const std::string script = completion(shell);
    EXPECT_THAT(script,
                AllOf(HasSubstr("rubric"), HasSubstr("shard"), Not(HasSubstr("run-check"))));
    if (access(path, X_OK) == 0) {
      EXPECT_EQ(run({path, "-n"}, script), 0) << errors_;
    }
  }
}

TEST_F(CompletionTest, TheManualPageHasEveryVerbAndNoWarning) {
  const std::string page = completion("man");
  if (access("/usr/bin/groff", X_OK) == 0) {
    EXPECT_EQ(run({"/usr/bin/groff", "-man", "-ww", "-Tascii", "-P-cbou"}, page), 0);
    EXPECT_EQ(errors_, "");
    EXPECT_THAT(output_, AllOf(HasSubstr("eagain check"), HasSubstr("--rubric FILE")));
  }
  for (const char* verb : {"check", "grade", "merge", "init", "inject", "serve", "simulate"}) {
    EXPECT_THAT(page, HasSubstr(std::string("\n.SH ") + verb + "\n"));
  }
}

}  // namespace
}  // namespace eagain
