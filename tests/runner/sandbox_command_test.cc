#include <gmock/gmock.h>
#include <stdlib.h>

#include <algorithm>

#include "eagain/runner/sandbox.h"

namespace eagain::runner {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Sandbox Sample() {
  Sandbox sandbox;
  sandbox.folder = "/tmp/copy";
  sandbox.seen_as = "/home/ada/lab";
  sandbox.worker = "/tmp/worker";
  return sandbox;
}

bool Has(const std::vector<std::string>& words, const std::vector<std::string>& part) {
  return std::search(words.begin(), words.end(), part.begin(), part.end()) != words.end();
}

TEST(SandboxCommandTest, ACheckHasAFolderOfItsOwnAndABuildHasTheCopyItself) {
  Sandbox sandbox = Sample();
  EXPECT_FALSE(Has(SandboxCommand(sandbox, "verb"), {"--bind"}));
  EXPECT_TRUE(Has(SandboxCommand(sandbox, "verb"), {"--tmpfs", "/home/ada/lab"}));
  EXPECT_NE(InsideOf(sandbox).copy_from, "");
  sandbox.shared = true;
  EXPECT_TRUE(Has(SandboxCommand(sandbox, "verb"), {"--bind", "/tmp/copy", "/home/ada/lab"}));
  EXPECT_EQ(InsideOf(sandbox).copy_from, "");
}

TEST(SandboxCommandTest, TheEnvironmentIsNotHandedOn) {
  setenv("EAGAIN_TEST_SECRET", "swordfish", 1);
  const std::vector<std::string> words = SandboxCommand(Sample(), "verb");
  unsetenv("EAGAIN_TEST_SECRET");
  EXPECT_THAT(words, Contains("--clearenv"));
  EXPECT_THAT(words, Not(Contains(HasSubstr("swordfish"))));
}

TEST(SandboxCommandTest, WhatIsHiddenIsCoveredLast) {
  Sandbox sandbox = Sample();
  sandbox.hidden = {"/etc/rubric.toml"};
  const std::vector<std::string> words = SandboxCommand(sandbox, "verb");
  EXPECT_TRUE(Has(words, {"--ro-bind", "/dev/null", "/etc/rubric.toml"}));
  EXPECT_EQ(words.back(), "verb");
}

}  // namespace
}  // namespace eagain::runner
