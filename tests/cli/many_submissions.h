// A folder of submissions, graded by `grade --all`.
#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

#include "eagain/support/folder_test.h"
#include "program.h"

namespace eagain {

namespace fs = std::filesystem;
using nlohmann::json;

inline constexpr const char* kRubric = R"(
title = "Lab"
[[item]]
name = "Echo"
checks = ["lifecycle/listens", "echo/one-byte"]
points = 10
)";

class GradeAllTest : public FolderTest {
 protected:
  GradeAllTest() {
    fs::create_directories(folder_ / "all");
    std::ofstream(folder_ / "rubric.toml") << kRubric;
  }

  // Each submission says how it behaves: a strategy that serves, or something else.
  void submit(const std::string& name, const std::string& script) const {
    fs::create_directories(folder_ / "all" / name);
    std::ofstream(folder_ / "all" / name / "run.sh") << script;
  }
  void submit_good(const std::string& name) const {
    submit(name, "exec " EAGAIN_PROGRAM " serve epoll --port $1\n");
  }
  std::vector<std::string> all(std::vector<std::string> options = {}) const {
    std::vector<std::string> words = {
        EAGAIN_PROGRAM,          "grade", "--allow-weak-sandbox", "--rubric",
        folder_ / "rubric.toml", "--all", folder_ / "all"};
    words.insert(words.end(), options.begin(), options.end());
    // The last word makes the sandbox show this program to the submissions.
    words.insert(words.end(), {"--", "sh", "run.sh", "{port}", EAGAIN_PROGRAM});
    return words;
  }
  int run(const std::vector<std::string>& words) {
    Program program(words, std::chrono::seconds(300));
    program.end_input();
    const int status = program.wait();
    output_ = program.output() + program.errors();
    return status;
  }
  json class_of(const std::string& results) const {
    return json::parse(ContentsOf(folder_ / results / "class.json"));
  }
  json report_of(const std::string& name) const {
    return json::parse(ContentsOf(folder_ / "all-results/reports" / (name + ".json")), nullptr,
                       false);
  }

  std::string output_;
};

// Interrupted after the first has ended: what is graded stays, and the rest is graded by the next run.
inline void ExpectItGoesOn(const fs::path& folder, std::vector<std::string> words, int count) {
  Program first(words, std::chrono::seconds(600));
  first.end_input();
  for (std::string line = "?"; !line.starts_with("[1 of "); line = first.read_line()) {
    ASSERT_NE(line, "");
  }
  first.signal(SIGINT);
  EXPECT_EQ(first.wait(), 3);
  EXPECT_THAT(first.output(), testing::HasSubstr("Not graded: "));
  std::map<std::string, std::string> done;
  for (const auto& entry : fs::directory_iterator(folder / "all-results/reports")) {
    const std::string text = entry.path().extension() == ".json" ? ContentsOf(entry.path()) : "";
    if (!text.empty() && json::parse(text)["judgement"] != "harness-failed") {
      done[entry.path()] = text;
    }
  }
  EXPECT_GE(done.size(), 1);
  EXPECT_LT(done.size(), static_cast<size_t>(count));
  Program second(words, std::chrono::seconds(3000));
  second.end_input();
  EXPECT_EQ(second.wait(), 0) << second.output();
  for (const auto& [path, text] : done) {
    EXPECT_EQ(ContentsOf(path), text) << "graded twice: " << path;
  }
  const json report = json::parse(ContentsOf(folder / "all-results/class.json"));
  EXPECT_EQ(report["submissions"].size(), static_cast<size_t>(count));
  EXPECT_EQ(report["missing"].size(), 0);
}

}  // namespace eagain
