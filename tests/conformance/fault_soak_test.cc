// Correct servers on a busy machine, fifty times in a row under every fault: not one verdict may differ.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "eagain/servers/registry.h"
#include "program.h"

namespace eagain {
namespace {

using Command = std::vector<std::string>;

// Keeps two cores busy for as long as it lives.
class Load {
 public:
  Load() {
    for (std::thread& hog : hogs_) {
      hog = std::thread([this] {
        while (!over_) {
        }
      });
    }
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() {
    over_ = true;
    for (std::thread& hog : hogs_) {
      hog.join();
    }
  }

 private:
  std::atomic<bool> over_ = false;
  std::thread hogs_[2];
};

struct Subject {
  std::string name;
  Command command;
};

class FaultSoakTest : public testing::TestWithParam<Subject> {};

TEST_P(FaultSoakTest, NeverAccused) {
  if (GetParam().command.empty()) {
    GTEST_SKIP() << "there is no Go here";
  }
  const Load load;
  Command arguments = {EAGAIN_PROGRAM, "check",    "--only", "fault", "--level",
                       "should",       "--repeat", "50",     "--"};
  arguments.insert(arguments.end(), GetParam().command.begin(), GetParam().command.end());
  Program program(arguments, std::chrono::minutes(55));
  program.end_input();
  EXPECT_EQ(program.wait(), 0) << program.output() << program.errors();
  EXPECT_THAT(program.output(), testing::HasSubstr("The server conforms."));
}

std::vector<Subject> Subjects() {
  const std::string go = EAGAIN_GO_SERVER;
  std::vector<Subject> subjects = {{"go", go.empty() ? Command() : Command{go, "{port}"}}};
  for (const Strategy& strategy : Strategies()) {
    const std::string name(strategy.name);
    subjects.push_back({name, {EAGAIN_PROGRAM, "serve", name, "--port", "{port}"}});
  }
  return subjects;
}

INSTANTIATE_TEST_SUITE_P(All, FaultSoakTest, testing::ValuesIn(Subjects()), [](const auto& test) {
  std::string name = test.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace eagain
