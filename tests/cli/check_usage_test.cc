// What `check`, `list` and `explain` answer to what makes no sense: one clear line on standard
// error, status 2, and nothing has run.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "program.h"

namespace eagain {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Case {
  std::vector<std::string> arguments;
  std::string said;
};

std::string Together(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += " " + word;
  }
  return text;
}

// Whatever was wrong, the server must not have been started: this one leaves a file behind.
class UsageTest : public testing::Test {
 protected:
  UsageTest() : trace_(testing::TempDir() + "/eagain-started-" + std::to_string(getpid())) {}
  ~UsageTest() override { unlink(trace_.c_str()); }

  void expect_refused(const Case& bad) {
    std::vector<std::string> arguments = bad.arguments;
    arguments.insert(arguments.begin(), EAGAIN_PROGRAM);
    Program program(arguments);
    program.end_input();
    EXPECT_EQ(program.wait(), 2) << Together(arguments);
    EXPECT_EQ(program.output(), "") << Together(arguments);
    EXPECT_THAT(program.errors(), StartsWith("eagain: ")) << Together(arguments);
    EXPECT_THAT(program.errors(), HasSubstr(bad.said)) << Together(arguments);
    EXPECT_EQ(std::count(program.errors().begin(), program.errors().end(), '\n'), 1)
        << program.errors();
    EXPECT_NE(access(trace_.c_str(), F_OK), 0) << "something ran:" << Together(arguments);
  }
  // `eagain check ARGUMENTS -- touch TRACE`
  void expect_check_refused(std::vector<std::string> arguments, std::string said) {
    arguments.insert(arguments.begin(), "check");
    arguments.insert(arguments.end(), {"--", "touch", trace_});
    expect_refused({arguments, std::move(said)});
  }

  std::string trace_;
};

TEST_F(UsageTest, ACheckNeedsACommand) {
  const std::string said = "no server to check: put its command after --";
  expect_refused({{"check"}, said});
  expect_refused({{"check", "--"}, said});
  expect_refused({{"check", "--", ""}, said});
  expect_refused({{"check", "./server", "{port}"}, "eagain check -- ./server {port}"});
  expect_refused({{"check", "--thing", "--", "x"}, "check has no option --thing"});
  expect_refused({{"list", "--", "x"}, "takes no command"});
}

TEST_F(UsageTest, NumbersMustMakeSense) {
  expect_check_refused({"--jobs", "0"}, "--jobs: '0' is no whole number from 1");
  expect_check_refused({"--jobs", "two"}, "'two'");
  expect_check_refused({"--repeat", "0"}, "--repeat: '0' is no whole number from 1");
  expect_check_refused({"--port", "0"}, "--port: '0' is no whole number from 1 to 65535");
  expect_check_refused({"--port", "65536"}, "'65536'");
  expect_check_refused({"--seed", "-1"}, "--seed: '-1' is no whole number from 0");
  expect_check_refused({"--seed", "18446744073709551616"}, "--seed");
  expect_check_refused({"--seed", "0x1"}, "--seed");
  expect_check_refused({"--timeout-scale", "0"}, "--timeout-scale: '0' is no number above 0");
  expect_check_refused({"--timeout-scale", "nan"}, "'nan'");
  expect_check_refused({"--shard", "3/2"}, "--shard '3/2': want I/N");
}

TEST_F(UsageTest, NamesMustBeKnown) {
  expect_check_refused({"--strategy", "kqueue"},
                       "there is no strategy 'kqueue'; there are: blocking ");
  expect_check_refused({"--level", "may"}, "--level");
  expect_check_refused({"--isolation", "jail"}, "--isolation");
  expect_check_refused({"--only", "zzzzzzzzzzzz"}, "there is no check 'zzzzzzzzzzzz'");
  expect_check_refused({"--only", "zzz/*"}, "no check matches 'zzz/*'");
  expect_check_refused({"--skip", "zzz/*"}, "no check matches 'zzz/*'");
  expect_check_refused({"--skip", "*"}, "no check is left");
  expect_refused({{"explain", "zzzzzzzzzzzz"}, "there is no check 'zzzzzzzzzzzz'"});
  expect_refused({{"explain"}, "check"});
  expect_refused({{"list", "dogs"}, "dogs"});
}

TEST_F(UsageTest, AClientIsNotAskedWhatOnlyAServerCanAnswer) {
  const auto refused = [this](std::vector<std::string> options, const std::string& said) {
    options.insert(options.begin(), {"check", "--role", "client"});
    options.insert(options.end(), {"--", "touch", trace_, "{port}"});
    expect_refused({options, said});
  };
  refused({"--strategy", "select"}, "--strategy: a server has a strategy");
  refused({"--fault", "send short 1 on client"}, "--fault: a plan is about a server's calls");
  refused({"--sanitized", "./client_asan {port}"}, "--sanitized: the memory checks are of servers");
  refused({"--only", "echo/*"}, "'echo/*' is about a server: it goes with --role server");
  refused({"--only", "echo/one-byte"}, "'echo/one-byte' is about a server");
  refused({"--skip", "client"}, "no check is left");
  expect_check_refused({"--role", "client"}, "write {port} where it belongs");
  expect_check_refused({"--role", "peer"}, "--role");
  expect_check_refused({"--only", "client/exit"}, "'client/exit' is about a client");
  expect_refused({{"check", "--role", "client"}, "no client to check: put its command after --"});
}

TEST_F(UsageTest, ReportsMustBeWritable) {
  expect_check_refused({"--report", "json"}, "want FORMAT=FILE");
  expect_check_refused({"--report", "jsn=x"}, "there is no format 'jsn'; there are: json, html");
  expect_check_refused({"--report", "json=/no/such/folder/x"}, "No such file or directory");
  expect_check_refused({"--report", "json=/"}, "Is a directory");
  expect_check_refused({"--report", "json="}, "the name of the file is missing");
  expect_check_refused({"--report", "json=-", "--report", "json=-"}, "the same place");
}

TEST_F(UsageTest, KnownFailuresMustBeReadable) {
  expect_check_refused({"--expect", "/no/such/file"}, "cannot read it: No such file or directory");
  const std::string list = trace_ + ".list";
  std::ofstream(list) << "# what we know\nzzz/*  for a reason\n";
  expect_check_refused({"--expect", list}, list + ":2: no check matches 'zzz/*'");
  unlink(list.c_str());
}

TEST(HelpTest, TheWorkersVerbIsNotForPeople) {
  Program program({EAGAIN_PROGRAM, "--help"});
  EXPECT_EQ(program.wait(), 0);
  EXPECT_THAT(program.output(), HasSubstr("explain"));
  EXPECT_THAT(program.output(), testing::Not(HasSubstr("run-check")));
}

TEST(ListTest, StrategiesAreToldWithWhatTheyCannotDo) {
  Program program({EAGAIN_PROGRAM, "list", "strategies"});
  EXPECT_EQ(program.wait(), 0);
  EXPECT_THAT(program.output(), HasSubstr("\nepoll-et "));
  EXPECT_THAT(program.output(), HasSubstr("cannot, by design: "));
}

TEST(ListTest, FaultsAreTheLegalityTable) {
  Program program({EAGAIN_PROGRAM, "list", "faults"});
  EXPECT_EQ(program.wait(), 0);
  EXPECT_THAT(program.output(), HasSubstr("ECONNABORTED"));
}

}  // namespace
}  // namespace eagain
