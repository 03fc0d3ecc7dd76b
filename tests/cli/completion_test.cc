// The manual page and the completions, tried by those who read them.
#include <gmock/gmock.h>
#include <unistd.h>

#include "eagain/support/folder_test.h"
#include "program.h"

namespace eagain {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CompletionTest : public FolderTest {
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

  // In the folder, under the name that it is installed by.
  void install(const std::string& shell, const std::string& name) {
    std::ofstream(folder_ / name) << completion(shell);
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

// A shell at a terminal, with the completion where the package puts it: Tab after "gra", Tab after
// "--rub". The line goes to a file, and the shell ends.
constexpr const char* kZshAtATerminal = R"(
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "
  fpath=($PWD \$fpath); autoload -U compinit; compinit -D -u; bindkey '^I' complete-word
  tell() { print -r -- \$BUFFER >line; exit }; zle -N tell; bindkey '^X' tell
  zle-line-init() { print ready\$((1 + 1)) }; zle -N zle-line-init"
zpty -r -m shell screen '*ready2*'
zpty -n -w shell $'eagain gra\t--rub\t\C-x'
while zpty -r shell screen; do :; done
)";

TEST_F(CompletionTest, ZshCompletesVerbsAndTheirOptions) {
  if (access("/usr/bin/zsh", X_OK) != 0) {
    GTEST_SKIP() << "zsh is not installed";
  }
  install("zsh", "_eagain");
  EXPECT_THAT(ContentsOf(folder_ / "_eagain"),
              AllOf(HasSubstr("shard"), Not(HasSubstr("run-check"))));
  EXPECT_EQ(run({"/usr/bin/zsh", "-n", folder_ / "_eagain"}), 0) << errors_;
  EXPECT_EQ(run({"/usr/bin/env", "-C", folder_, "TERM=vt100", "zsh", "-f", "-s"}, kZshAtATerminal),
            0)
      << errors_;
  EXPECT_EQ(ContentsOf(folder_ / "line"), "eagain grade --rubric \n") << output_;
}

// `source <(eagain completion zsh)`
TEST_F(CompletionTest, ZshTakesItFromAPipeToo) {
  if (access("/usr/bin/zsh", X_OK) != 0) {
    GTEST_SKIP() << "zsh is not installed";
  }
  const std::string script = "autoload -U compinit; compinit -D -u\n" + completion("zsh") +
                             "print -r -- $_comps[eagain]\n";
  EXPECT_EQ(run({"/usr/bin/zsh", "-f", "-s"}, script), 0);
  EXPECT_EQ(output_, "_eagain\n") << errors_;
}

TEST_F(CompletionTest, FishCompletesVerbsAndTheirOptions) {
  if (access("/usr/bin/fish", X_OK) != 0) {
    GTEST_SKIP() << "fish is not installed";
  }
  install("fish", "eagain.fish");
  EXPECT_THAT(ContentsOf(folder_ / "eagain.fish"),
              AllOf(HasSubstr("shard"), Not(HasSubstr("run-check"))));
  EXPECT_EQ(run({"/usr/bin/fish", "-n", folder_ / "eagain.fish"}), 0) << errors_;
  EXPECT_EQ(run({"/usr/bin/env", "-C", folder_, "HOME=" + folder_.string(), "fish", "--no-config",
                 "-c", R"(
source eagain.fish
complete -C 'eagain gra'
complete -C 'eagain grade --rub'
complete -C 'eagain serve --rub'
)"}),
            0)
      << errors_;
  EXPECT_THAT(output_, testing::MatchesRegex("grade\t[^\n]+\n--rubric\t[^\n]+\n")) << errors_;
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
