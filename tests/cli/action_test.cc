// What the composite action runs (.github/actions/check).
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "eagain/support/folder_test.h"
#include "program.h"

namespace eagain {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class ActionTest : public FolderTest {
 protected:
  std::string in(const std::string& name) const { return folder_ / name; }
  // With these inputs; those that are not given are empty, as GitHub has it.
  int run(const std::vector<std::string>& inputs, const std::string& program = EAGAIN_PROGRAM) {
    std::vector<std::string> words = {"/usr/bin/env",
                                      "-C",
                                      folder_,
                                      "EAGAIN=" + program,
                                      "GITHUB_STEP_SUMMARY=" + in("summary.md"),
                                      "GITHUB_OUTPUT=" + in("output"),
                                      "INPUT_REPORT=" + in("report.html")};
    for (const char* name :
         {"COMMAND", "BUILD", "STRATEGY", "LEVEL", "RUBRIC", "VERSION", "ARGUMENTS"}) {
      words.push_back(std::string("INPUT_") + name + "=");
    }
    words.insert(words.end(), inputs.begin(), inputs.end());
    words.insert(words.end(), {"/bin/bash", EAGAIN_ACTION});
    Program action(words, std::chrono::seconds(240));
    action.end_input();
    const int status = action.wait();
    output_ = action.output() + action.errors();
    return status;
  }

  std::string output_;
};

TEST_F(ActionTest, ChecksAServerAndTellsItsStatus) {
  EXPECT_EQ(run({"INPUT_COMMAND=" EAGAIN_PROGRAM " serve blocking --port {port}",
                 "INPUT_ARGUMENTS=--only echo/one-byte --only concurrency/second-client"}),
            1)
      << output_;
  EXPECT_THAT(ContentsOf(in("summary.md")), HasSubstr("second-client"));
  EXPECT_THAT(ContentsOf(in("report.html")), HasSubstr("<!doctype html>"));
  EXPECT_EQ(ContentsOf(in("output")), "status=1\n");
}

TEST_F(ActionTest, WordsAreThoseThatAShellReads) {
  EXPECT_EQ(
      run({"INPUT_COMMAND=sh -c 'exec ./server {port}'", "INPUT_STRATEGY=epoll",
           "INPUT_LEVEL=should", "INPUT_BUILD=echo built >built", "INPUT_ARGUMENTS=--only 'a b'"},
          "/bin/echo"),
      0)
      << output_;
  EXPECT_EQ(output_, "check --strategy epoll --level should --report github=" + in("summary.md") +
                         " --report html=" + in("report.html") +
                         " --only a b -- sh -c exec ./server {port}\n");
  EXPECT_EQ(ContentsOf(in("built")), "built\n");
}

}  // namespace
}  // namespace eagain
