// `eagain inject`: what a user of it is told, and what is left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "program.h"

namespace eagain {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> Inject(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {EAGAIN_PROGRAM, "inject"});
  return arguments;
}

class InjectTest : public testing::Test {
 protected:
  void SetUp() override {
    Program probe(Inject({"send short 1", "--", "/bin/true"}));
    probe.end_input();
    if (probe.wait() == 3) {
      GTEST_SKIP() << probe.errors();
    }
  }

  ~InjectTest() override { std::filesystem::remove(log_); }

  std::vector<json> log_lines() const {
    std::ifstream file(log_);
    std::vector<json> lines;
    for (std::string line; std::getline(file, line);) {
      lines.push_back(json::parse(line));
    }
    return lines;
  }
  // What a key of the lines of one kind says.
  std::vector<std::string> said(const std::string& event, const std::string& key) const {
    std::vector<std::string> all;
    for (const json& line : log_lines()) {
      if (line.at("event") == event) {
        all.push_back(line.at(key));
      }
    }
    return all;
  }

  // A line comes back from an epoll server that is run with these words before it.
  static void echo_under(const std::vector<std::string>& words) {
    std::vector<std::string> command = words;
    command.insert(command.end(), {"--", EAGAIN_PROGRAM, "serve", "epoll"});
    Program server(Inject(command));
    const std::string line = server.read_line();
    Program client({EAGAIN_PROGRAM, "client", line.substr(line.rfind(':') + 1)});
    client.type("hello\nexit\n");
    EXPECT_EQ(client.read_line(), "hello");
    EXPECT_EQ(client.wait(), 0);
    server.signal(SIGTERM);
    EXPECT_EQ(server.wait(), 0) << server.errors();
  }

  std::string log_ = testing::TempDir() + "/inject.log." + std::to_string(::getpid());
};

TEST_F(InjectTest, TheExitStatusIsTheProgramsOwn) {
  Program program(Inject({"send short 1", "--", "/bin/sh", "-c", "exit 7"}));
  program.end_input();
  EXPECT_EQ(program.wait(), 7);
}

TEST_F(InjectTest, ARuleThatNeverFiredIsSaidUnlessQuietIsAskedFor) {
  Program program(Inject({"send short 1", "--", "/bin/true"}));
  EXPECT_EQ(program.wait(), 0);
  EXPECT_THAT(program.errors(), HasSubstr("it never fired, so it shows nothing"));
  Program quiet(Inject({"--quiet", "send short 1", "--", "/bin/true"}));
  EXPECT_EQ(quiet.wait(), 0);
  EXPECT_THAT(quiet.errors(), IsEmpty());
}

TEST_F(InjectTest, TheLogHasALineForEachFault) {
  echo_under({"--log", log_, "send short 2 on client"});
  EXPECT_THAT(said("start", "plan"), testing::ElementsAre("send short 2 on client\n"));
  EXPECT_THAT(said("fired", "call"), Not(IsEmpty()));
  EXPECT_THAT(said("fired", "role"), testing::Each("client"));
  EXPECT_THAT(said("fired", "got"), testing::Each("2 bytes"));
  EXPECT_EQ(log_lines().back().at("event"), "end");
}

TEST_F(InjectTest, APlanMayBeAFile) {
  echo_under({"--log", log_, EAGAIN_FIXTURE_PLANS "/short-sends.plan"});
  EXPECT_THAT(said("fired", "outcome"), Not(IsEmpty()));
}

TEST_F(InjectTest, ObserveRecordsAndLetsNothingGoWrong) {
  echo_under({"--observe", "--log", log_, "send short 1 on client"});
  EXPECT_THAT(said("call", "call"), testing::Contains("send"));
  EXPECT_THAT(said("fired", "call"), IsEmpty());
}

TEST_F(InjectTest, ALogIsReplayed) {
  echo_under({"--log", log_, "send short 2 on client at 1"});
  const auto first = said("fired", "got");
  const std::string before = log_;
  log_ += ".again";
  echo_under({"--replay", before, "--log", log_});
  EXPECT_EQ(said("fired", "got"), first);
  EXPECT_THAT(first, Not(IsEmpty()));
  std::filesystem::remove(before);
}

struct Refused {
  std::string name;
  std::vector<std::string> words;
  std::string says;
};

class InjectUsageTest : public testing::TestWithParam<Refused> {};

TEST_P(InjectUsageTest, IsRefusedWithOneClearError) {
  Program program(Inject(GetParam().words));
  program.end_input();
  EXPECT_EQ(program.wait(), 2);
  EXPECT_THAT(program.errors(), HasSubstr(GetParam().says));
  EXPECT_THAT(program.output(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    All, InjectUsageTest,
    testing::Values(
        Refused{"no_plan", {"--", "/bin/true"}, "inject needs a plan"},
        Refused{"no_program", {"send short 1"}, "inject needs a program after --"},
        Refused{"impossible", {"recv EADDRINUSE", "--", "/bin/true"}, "recv cannot fail with"},
        Refused{"hostile", {"recv EBADF on client", "--", "/bin/true"}, "--hostile"},
        Refused{"observe_to_nowhere", {"--observe", "--", "/bin/true"}, "needs --log FILE"},
        Refused{"no_such_log", {"--replay", "/nowhere.log", "--", "/bin/true"}, "/nowhere.log"},
        Refused{"no_such_command", {"send short 1", "--", "/no/such"}, "cannot run /no/such"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace eagain
