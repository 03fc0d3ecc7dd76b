// `check --sanitized` and `check --valgrind`, on the student's program built with sanitizers.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "checking_test.h"

namespace eagain {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

// In single quotes, as a shell reads it.
std::string Student(const std::string& build, const std::string& strategy,
                    const std::string& defect = "none") {
  return "'" + build + "' " + strategy + " --defect " + defect + " {port}";
}

class CheckMemoryTest : public CheckingTest {
 protected:
  int check(std::vector<std::string> options, const std::string& strategy,
            const std::string& defect = "none") {
    return CheckingTest::check(std::move(options),
                               {EAGAIN_STUDENT, strategy, "--defect", defect, "{port}"},
                               std::chrono::seconds(300));
  }
};

TEST_F(CheckMemoryTest, WithoutAnybodyWhoWatchesTheChecksAreSkipped) {
  EXPECT_EQ(check({"--only", "memory"}, "epoll"), 0);
  for (const char* id : {"memory/address", "memory/race", "memory/leak"}) {
    EXPECT_EQ(said(id, "verdict"), "skip");
    EXPECT_EQ(said(id, "skip_kind"), "not-applicable");
    EXPECT_THAT(said(id, "reason"), AllOf(HasSubstr("--sanitized"), HasSubstr("--valgrind")));
  }
}

TEST_F(CheckMemoryTest, AByteTooManyIsToldWithItsPlaceAndHowToSeeItAgain) {
  EXPECT_EQ(check({"--only", "echo/buffer-boundaries", "--sanitized",
                   Student(EAGAIN_STUDENT_ADDRESS, "epoll", "heap-overrun")},
                  "epoll"),
            1)
      << output_ << errors_;
  EXPECT_EQ(said("echo/buffer-boundaries", "verdict"), "pass");
  EXPECT_EQ(said("memory/address", "verdict"), "fail");
  EXPECT_THAT(
      said("memory/address", "actual"),
      AllOf(HasSubstr("AddressSanitizer: heap-buffer-overflow"), HasSubstr("WRITE of size 1"),
            HasSubstr("CopiedAsText"), HasSubstr("text.cc:"), HasSubstr("first in echo/one-byte")));
  EXPECT_THAT(said("memory/address", "server_output"), HasSubstr("==ERROR: AddressSanitizer"));
  EXPECT_THAT(said("memory/address", "repro"),
              AllOf(HasSubstr("--only memory/address"), HasSubstr("--only echo/one-byte"),
                    HasSubstr("--sanitized ")));
  EXPECT_THAT(said("memory/race", "reason"), HasSubstr("-fsanitize=thread"));
}

TEST_F(CheckMemoryTest, WhatIsUsedAfterItWasFreedIsToldWithWhoFreedIt) {
  EXPECT_EQ(check({"--only", "echo/one-byte", "--sanitized",
                   Student(EAGAIN_STUDENT_ADDRESS, "poll", "use-after-free")},
                  "poll"),
            1);
  EXPECT_THAT(said("memory/address", "actual"),
              AllOf(HasSubstr("heap-use-after-free"), HasSubstr("freed by"),
                    HasSubstr("close_client"), HasSubstr("roster.cc:")));
}

TEST_F(CheckMemoryTest, ARaceIsToldWithBothSides) {
  EXPECT_EQ(check({"--only", "concurrency/isolation", "--sanitized",
                   Student(EAGAIN_STUDENT_THREAD, "threads", "data-race")},
                  "threads"),
            1);
  EXPECT_THAT(said("memory/race", "actual"),
              AllOf(HasSubstr("ThreadSanitizer: data race"), HasSubstr("Previous "),
                    HasSubstr("threads.cc:"), HasSubstr("'student::")));
}

TEST_F(CheckMemoryTest, ALeakOfEachClientIsAdviceUnlessItCounts) {
  const std::string leaks = Student(EAGAIN_STUDENT_ADDRESS, "epoll", "state-leak");
  EXPECT_EQ(check({"--only", "echo/sequential-clients", "--sanitized", leaks}, "epoll"), 0);
  EXPECT_EQ(said("memory/leak", "verdict"), "fail");
  EXPECT_THAT(said("memory/leak", "actual"), AllOf(HasSubstr("LeakState"), HasSubstr("bytes")));
  EXPECT_EQ(check({"--only", "echo/sequential-clients", "--level", "should", "--sanitized", leaks},
                  "epoll"),
            1);
}

TEST_F(CheckMemoryTest, LeaksOfAServerThatSigtermKillsCannotBeJudged) {
  EXPECT_EQ(check({"--only", "echo/one-byte", "--sanitized",
                   Student(EAGAIN_STUDENT_ADDRESS, "threads", "state-leak")},
                  "threads"),
            0);
  EXPECT_EQ(said("memory/leak", "verdict"), "skip");
  EXPECT_THAT(said("memory/leak", "reason"),
              AllOf(HasSubstr("killed by SIGTERM"), HasSubstr("catch SIGTERM")));
}

TEST_F(CheckMemoryTest, ACorrectServerIsNotAccused) {
  EXPECT_EQ(check({"--only", "echo/large", "--only", "lifecycle", "--level", "should",
                   "--sanitized", Student(EAGAIN_STUDENT_ADDRESS, "epoll-et")},
                  "epoll-et"),
            0)
      << output_;
  EXPECT_EQ(said("memory/address", "verdict"), "pass");
  EXPECT_EQ(said("memory/leak", "verdict"), "pass");
  EXPECT_EQ(check({"--only", "concurrency/isolation", "--sanitized",
                   Student(EAGAIN_STUDENT_THREAD, "threads")},
                  "threads"),
            0)
      << output_;
  EXPECT_EQ(said("memory/race", "verdict"), "pass");
  EXPECT_THAT(said("memory/address", "reason"), HasSubstr("-fsanitize=address"));
}

TEST_F(CheckMemoryTest, ValgrindWatchesThePlainProgram) {
  EXPECT_EQ(check({"--only", "echo/one-byte", "--valgrind"}, "epoll", "use-after-free"), 1);
  EXPECT_THAT(said("memory/address", "actual"),
              AllOf(HasSubstr("valgrind: Invalid write of size 1"), HasSubstr("free'd")));
  EXPECT_EQ(said("memory/leak", "verdict"), "pass");
  EXPECT_THAT(said("memory/race", "reason"), HasSubstr("-fsanitize=thread"));
  EXPECT_THAT(said("memory/address", "repro"), HasSubstr(" --valgrind "));
}

// As one does that cannot read what the compiler has written about the program.
TEST_F(CheckMemoryTest, ThatValgrindGaveUpIsSaid) {
  const fs::path valgrind = folder_ / "valgrind";
  std::ofstream(valgrind) << R"(#!/bin/sh
echo '==1== Memcheck, a memory error detector
==1== Valgrind: debuginfo reader: ensure_valid failed:
==1== Valgrind:   during call to ML_(img_get)' > "${1#--log-file=}"
exit 1
)";
  fs::permissions(valgrind, fs::perms::owner_all);
  const std::string before = std::getenv("PATH");
  setenv("PATH", (folder_.string() + ":" + before).c_str(), 1);
  EXPECT_EQ(check({"--only", "echo/one-byte", "--valgrind"}, "epoll"), 1);
  setenv("PATH", before.c_str(), 1);
  EXPECT_THAT(said("memory/address", "reason"),
              HasSubstr("valgrind gave up: debuginfo reader: ensure_valid failed: during call to "
                        "ML_(img_get)"));
}

TEST_F(CheckMemoryTest, NothingIsLeftBehindWhenItIsInterrupted) {
  setenv("TMPDIR", folder_.c_str(), 1);
  Program program({EAGAIN_PROGRAM, "check", "--only", "memory", "--sanitized",
                   Student(EAGAIN_STUDENT_ADDRESS, "epoll"), "--", EAGAIN_STUDENT, "epoll",
                   "{port}"});
  program.end_input();
  std::string line = program.read_line();
  while (!line.empty() && line.find(" checks again, ") == std::string::npos) {
    line = program.read_line();
  }
  program.signal(SIGINT);
  EXPECT_EQ(program.wait(), 3) << program.output();
  unsetenv("TMPDIR");
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(CheckMemoryTest, ProgressTellsOfTheSecondRun) {
  check({"--only", "echo/one-byte", "--sanitized", Student(EAGAIN_STUDENT_ADDRESS, "epoll")},
        "epoll");
  // With clang there is no saying that the other one is in it as well.
  EXPECT_THAT(output_, ContainsRegex("2 checks again, watched by AddressSanitizer( and "
                                     "UndefinedBehaviorSanitizer)?\npass    memory/address"));
}

// One line, status 2, and the plain server was not checked.
class CheckMemoryUsageTest : public CheckMemoryTest {
 protected:
  void expect_refused(const std::vector<std::string>& options, const std::string& what) {
    EXPECT_EQ(check(options, "epoll"), 2) << what;
    EXPECT_EQ(output_, "");
    EXPECT_THAT(errors_, HasSubstr(what));
    EXPECT_EQ(std::count(errors_.begin(), errors_.end(), '\n'), 1) << errors_;
  }
};

TEST_F(CheckMemoryUsageTest, ABuildWithoutASanitizerIsRefused) {
  expect_refused({"--sanitized", Student(EAGAIN_STUDENT, "epoll")},
                 "there is no sanitizer in it: build it with -g -fsanitize=address,undefined");
}

TEST_F(CheckMemoryUsageTest, ACommandThatIsNoneIsRefused) {
  expect_refused({"--sanitized", ""}, "--sanitized '': no command");
  expect_refused({"--sanitized", "  "}, "no command");
  expect_refused({"--sanitized", "./server_asan"}, "it is not told the port; want {port} in it");
  expect_refused({"--sanitized", "./no-such-server {port}"}, "it does not listen: ");
  expect_refused({"--sanitized", "./no-such-server {port}"}, "./no-such-server");
}

TEST_F(CheckMemoryUsageTest, WhoWatchesAndForWhatMustMakeSense) {
  expect_refused({"--sanitized", "./a {port}", "--valgrind"}, "--valgrind");
  expect_refused({"--valgrind", "--skip", "memory"},
                 "--valgrind: no check of the family memory is chosen");
  const char* path = std::getenv("PATH");
  const std::string before = path == nullptr ? "" : path;
  setenv("PATH", folder_.c_str(), 1);
  expect_refused({"--valgrind"}, "valgrind is not installed here");
  setenv("PATH", before.c_str(), 1);
}

}  // namespace
}  // namespace eagain
