// `check` as a user runs it, on servers that work and on servers that do not even start.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "checking_test.h"

namespace eagain {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::vector<std::string> kGoodServer = {EAGAIN_PROGRAM, "serve", "epoll", "--port", "{port}"};

std::vector<std::string> Shell(const std::string& script) { return {"/bin/sh", "-c", script}; }
std::vector<std::string> Python(const std::string& script) {
  return {"/usr/bin/python3", "-c", script, "{port}"};
}

constexpr const char* kListens = R"(
import socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(64)
)";

class CheckTest : public CheckingTest {
 protected:
  std::string verdict(const std::string& id) const { return of(id).at("verdict"); }

  // All but the one are not reached, and the one says why.
  void expect_not_reached_beyond(const std::string& gate, const std::string& said) {
    EXPECT_EQ(verdict(gate), "fail");
    EXPECT_THAT(of(gate).at("actual").get<std::string>(), HasSubstr(said));
    for (const json& one : report_.at("checks")) {
      const bool beyond = gate == "lifecycle/listens" || one.at("family") != "lifecycle";
      if (one.at("id") != gate && beyond && one.at("id") != "lifecycle/listens") {
        EXPECT_EQ(one.at("verdict"), "skip") << one.at("id");
        EXPECT_THAT(one.at("reason").get<std::string>(), HasSubstr(gate));
      }
    }
    EXPECT_THAT(output_, HasSubstr("FAIL " + gate + "\n"));
  }
};

TEST_F(CheckTest, AServerThatWorksConforms) {
  EXPECT_EQ(check({"--only", "echo", "--seed", "5"}, kGoodServer), 0) << output_;
  EXPECT_THAT(output_,
              AllOf(HasSubstr("pass    echo/one-byte"), HasSubstr("The server conforms.")));
  EXPECT_EQ(errors_, "");
  EXPECT_EQ(report_["seed"], 5);
  EXPECT_EQ(report_["exit_status"], 0);
  EXPECT_EQ(report_["summary"]["score"], report_["summary"]["max_score"]);
}

TEST_F(CheckTest, ACommandThatDoesNotExistIsSaidOnce) {
  EXPECT_EQ(check({}, {"./no-such-server", "{port}"}), 1);
  expect_not_reached_beyond("lifecycle/listens", "./no-such-server cannot be started");
}

TEST_F(CheckTest, AServerThatExitsAtOnceIsToldWithItsWords) {
  EXPECT_EQ(check({}, Shell("echo 'config missing' >&2; exit 3")), 1);
  expect_not_reached_beyond("lifecycle/listens", "exit status 3");
  EXPECT_THAT(of("lifecycle/listens").at("server_output").get<std::string>(),
              HasSubstr("config missing"));
  EXPECT_THAT(output_, HasSubstr("config missing"));
}

TEST_F(CheckTest, AServerThatNeverListensIsToldSo) {
  EXPECT_EQ(check({}, Shell("echo waiting; exec sleep 1000")), 1);
  expect_not_reached_beyond("lifecycle/listens", "");
  EXPECT_THAT(output_, HasSubstr("waiting"));
}

TEST_F(CheckTest, AServerOnAnotherPortIsToldWhich) {
  EXPECT_EQ(check({"--isolation", "auto"},
                  Python("import socket, sys, time\n"
                         "s = socket.socket(); s.bind(('127.0.0.1', int(sys.argv[1]) + 1))\n"
                         "s.listen(); time.sleep(1000)")),
            1);
  expect_not_reached_beyond("lifecycle/listens", "port");
}

TEST_F(CheckTest, AServerThatEchoesNothingIsToldInOneCheck) {
  EXPECT_EQ(check({"--skip", "lifecycle", "--skip", "echo/unsolicited"},
                  Python(std::string(kListens) + "time.sleep(1000)")),
            1);
  expect_not_reached_beyond("echo/one-byte", "");
}

TEST_F(CheckTest, AGreetingIsNamedThoughNothingIsEchoed) {
  EXPECT_EQ(check({"--only", "echo"}, Python(std::string(kListens) +
                                             "c, _ = s.accept()\nc.send(b'hi')\ntime.sleep(1000)")),
            1);
  EXPECT_EQ(verdict("echo/unsolicited"), "fail");
  EXPECT_EQ(verdict("echo/round-trips"), "skip");
}

TEST_F(CheckTest, ABuiltInPortIsFoundInEitherIsolation) {
  // Of a namespace of its own, or one after the other.
  const std::vector<std::string> server = {EAGAIN_PROGRAM, "serve", "poll", "--port", "18471"};
  for (const char* isolation : {"auto", "process"}) {
    EXPECT_EQ(check({"--only", "echo/*-*", "--port", "18471", "--isolation", isolation}, server), 0)
        << isolation << ": " << output_;
    EXPECT_EQ(report_["port"], 18471);
  }
  EXPECT_EQ(report_["isolation"], "process");
}

TEST_F(CheckTest, ABuiltInPortThatIsTakenIsSaidBeforeAnythingRuns) {
  Program other({EAGAIN_PROGRAM, "serve", "poll", "--port", "18472"});
  other.read_line();
  EXPECT_EQ(check({"--port", "18472", "--isolation", "process"}, kGoodServer), 3);
  EXPECT_THAT(errors_, StartsWith("eagain: --port 18472: another program listens on it"));
  EXPECT_EQ(output_, "");
}

// In a user namespace of its own the test may set the limits that an administrator sets elsewhere.
std::vector<std::string> WithoutNamespaces(std::vector<std::string> command) {
  command.insert(command.begin(),
                 {"/usr/bin/unshare", "--user", "--map-root-user", "/bin/sh", "-c",
                  "echo 0 >/proc/sys/user/max_net_namespaces && exec \"$@\"", "sh"});
  return command;
}

TEST_F(CheckTest, WithoutNamespacesProcessesAreKeptApartInstead) {
  Program program(WithoutNamespaces(arguments(
      {"--only", "echo/one-byte", "-v", "--report", "json=" + report_path()}, kGoodServer)));
  EXPECT_EQ(program.wait(), 0) << program.errors();
  EXPECT_THAT(program.output(), HasSubstr("no namespaces (clone: "));
  read_report();
  EXPECT_EQ(report_["isolation"], "process");
}

TEST_F(CheckTest, NamespacesThatAreNotAllowedAreRefusedWhenAskedFor) {
  Program program(WithoutNamespaces(arguments({"--isolation", "namespace"}, kGoodServer)));
  EXPECT_EQ(program.wait(), 3);
  EXPECT_THAT(program.errors(),
              AllOf(HasSubstr("--isolation namespace: this machine does not allow"),
                    HasSubstr("max_*_namespaces")));
  EXPECT_EQ(program.output(), "");
}

TEST_F(CheckTest, AReportOnStandardOutputIsAloneThere) {
  Program program(arguments({"--only", "echo/one-byte", "--report", "json=-"}, kGoodServer));
  EXPECT_EQ(program.wait(), 0);
  EXPECT_EQ(json::parse(program.output(), nullptr, false)["summary"]["passed"], 1);
  EXPECT_THAT(program.errors(), HasSubstr("The server conforms."));
}

TEST_F(CheckTest, WhatAServerWritesReachesNobodyRaw) {
  const std::string noisy = std::string(kListens) +
                            "sys.stdout.buffer.write(b'\\x1b[31mred\\xff\\x07\\n'); "
                            "sys.stdout.flush(); sys.exit(1)";
  EXPECT_EQ(check({}, Python(noisy)), 1);
  EXPECT_THAT(output_, AllOf(HasSubstr("\\e[31mred\\xff\\x07"), Not(HasSubstr("\033"))));
  EXPECT_FALSE(report_.is_discarded()) << "the report is no valid JSON";
  EXPECT_THAT(of("lifecycle/listens").at("server_output").get<std::string>(),
              HasSubstr("\\e[31mred\\xff\\x07"));
}

TEST_F(CheckTest, AnInterruptedRunReportsWhatIsDone) {
  for (const int signo : {SIGINT, SIGTERM}) {
    fs::remove(report_path());
    Program program(arguments(
        {"--only", "lifecycle/listens", "--only", "echo", "--report", "json=" + report_path()},
        kGoodServer));
    EXPECT_THAT(program.read_line(), StartsWith("pass    lifecycle/listens"));
    program.signal(signo);
    EXPECT_EQ(program.wait(), 3);
    read_report();
    EXPECT_EQ(report_["interrupted"], true);
    EXPECT_EQ(report_["judgement"], "harness-failed");
    EXPECT_EQ(verdict("lifecycle/listens"), "pass");
    // It lets a second pass, so it cannot be over already.
    EXPECT_EQ(of("echo/after-silence")["skip_kind"], "not-reached");
    EXPECT_THAT(program.output(), HasSubstr("The run was cut short"));
  }
}

TEST_F(CheckTest, AKnownFailureDoesNotCountAndItsPassDoes) {
  const std::string list = folder_ / "known";
  std::ofstream(list) << "echo/ordinary-words  it leaves at exit\n";
  const std::string leaves = std::string(kListens) + R"(
while True:
    c, _ = s.accept()
    while (d := c.recv(65536)) and d.strip() != b'exit':
        c.sendall(d)
    c.close()
)";
  EXPECT_EQ(check({"--only", "echo/o*", "--expect", list}, Python(leaves)), 0) << output_;
  EXPECT_THAT(output_, HasSubstr("echo/ordinary-words: fails, as known (it leaves at exit)"));
  EXPECT_EQ(of("echo/ordinary-words")["known_failure"], "it leaves at exit");

  EXPECT_EQ(check({"--only", "echo/o*", "--expect", list}, kGoodServer), 1) << output_;
  EXPECT_THAT(output_, HasSubstr("listed as a known failure (it leaves at exit)"));
}

TEST_F(CheckTest, WhatAStrategyCannotDoIsByDesign) {
  const std::vector<std::string> server = {EAGAIN_PROGRAM, "serve", "blocking", "--port", "{port}"};
  const std::vector<std::string> options = {"--only", "concurrency/second-client"};
  EXPECT_EQ(check(options, server), 1);
  EXPECT_EQ(check({"--only", "concurrency/second-client", "--strategy", "blocking"}, server), 0)
      << output_;
  EXPECT_EQ(of("concurrency/second-client")["skip_kind"], "by-design");
  EXPECT_THAT(of("concurrency/second-client")["reason"].get<std::string>(),
              StartsWith("by design (blocking): "));
}

TEST_F(CheckTest, SometimesIsFlaky) {
  // Every other start serves nobody who says "hello, world".
  const std::string marker = folder_ / "marker";
  const std::string flaky = std::string(kListens) + R"(
import os
try:
    os.mkdir()" + "'" + marker +
                            "'" + R"()
    good = True
except FileExistsError:
    os.rmdir()" + "'" + marker +
                            "'" + R"()
    good = False
while True:
    c, _ = s.accept()
    while d := c.recv(65536):
        c.sendall(d if good else d.replace(b'exit', b'tixe'))
    c.close()
)";
  EXPECT_EQ(check({"--only", "echo/ordinary-words", "--repeat", "4", "--jobs", "1"}, Python(flaky)),
            4)
      << output_;
  EXPECT_EQ(of("echo/ordinary-words")["runs"].size(), 4U);
  EXPECT_EQ(report_["summary"]["flaky"], 1);
  EXPECT_THAT(output_, HasSubstr("(flaky: 2 of 4 runs)"));
}

TEST_F(CheckTest, TheServerGetsTheDescriptorLimitOfItsUser) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit lower = before;
  lower.rlim_cur = std::min<rlim_t>(before.rlim_max, 300);
  setrlimit(RLIMIT_NOFILE, &lower);
  const std::string prints =
      "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])";
  EXPECT_EQ(check({"--only", "lifecycle/listens"}, Python(prints)), 1);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(of("lifecycle/listens")["server_output"], "300\n");
}

TEST_F(CheckTest, TheReproShowsTheFailureAgain) {
  EXPECT_EQ(check({"--only", "lifecycle/listens"}, Shell("echo \"it's me\"; exit 3")), 1);
  const std::string repro = of("lifecycle/listens")["repro"];
  Program again({"/bin/sh", "-c", repro});
  EXPECT_EQ(again.wait(), 1) << repro << ": " << again.errors();
  EXPECT_THAT(again.output(), HasSubstr("it's me"));
}

TEST_F(CheckTest, ShardsHaveAllChecksBetweenThem) {
  size_t count = 0;
  double most = 0;
  for (const char* shard : {"1/3", "2/3", "3/3"}) {
    EXPECT_EQ(check({"--only", "echo", "--skip", "echo/large", "--skip", "echo/after-silence",
                     "--shard", shard},
                    kGoodServer),
              0)
        << output_;
    count += report_["checks"].size();
    most += report_["summary"]["max_score"].get<double>();
  }
  EXPECT_EQ(count, 8U);
  EXPECT_EQ(most, 8.0);
}

TEST_F(CheckTest, TheReportIsAsTheSchemaSays) {
  const std::string script = R"(
import json, sys
from jsonschema import Draft7Validator
schema = json.load(open(sys.argv[1]))
Draft7Validator.check_schema(schema)
errors = list(Draft7Validator(schema).iter_errors(json.load(open(sys.argv[2]))))
for error in errors:
    print(list(error.absolute_path), error.message)
sys.exit(1 if errors else 0)
)";
  const auto validate = [&] {
    Program program({"/usr/bin/python3", "-c", script, EAGAIN_REPORT_SCHEMA, report_path()});
    EXPECT_EQ(program.wait(), 0) << program.output() << program.errors();
  };
  check({"--only", "echo", "--only", "concurrency/second-client", "--repeat", "2"}, kGoodServer);
  validate();
  check({"--port", "5"}, Shell("exit 1"));
  validate();
  check({"--only", "concurrency/second-client", "--strategy", "blocking"},
        {EAGAIN_PROGRAM, "serve", "blocking", "--port", "{port}"});
  validate();
}

TEST(ListTest, ShowsTheCatalogue) {
  Program program({EAGAIN_PROGRAM, "list"});
  EXPECT_EQ(program.wait(), 0);
  EXPECT_THAT(program.output(), HasSubstr("\nconcurrency/second-client "));
}

TEST(ExplainTest, TellsWhatACheckIsAbout) {
  Program program({EAGAIN_PROGRAM, "explain", "concurrency/second-client", "lifecycle"});
  EXPECT_EQ(program.wait(), 0);
  EXPECT_THAT(program.output(), AllOf(StartsWith("concurrency/second-client (must)\n  a second"),
                                      HasSubstr("\nlifecycle/listens (must)\n")));
}

TEST(ExplainTest, NamesWhatMayHaveBeenMeant) {
  Program program({EAGAIN_PROGRAM, "explain", "second-cleint"});
  EXPECT_EQ(program.wait(), 2);
  EXPECT_THAT(program.errors(), HasSubstr("did you mean concurrency/second-client?"));
}

// GitHub reads the log: what a server says in it must not become a command.
TEST_F(CheckTest, ForGithubTheLogIsGuardedAndTheSummaryShared) {
  const std::string summary = (folder_ / "summary.md").string();
  std::ofstream(summary) << "of another command\n";
  ::setenv("GITHUB_STEP_SUMMARY", summary.c_str(), 1);
  EXPECT_EQ(check({"--only", "echo/one-byte", "--report", "github=" + summary},
                  Shell("echo ::error::mine; exit 3")),
            1);
  ::unsetenv("GITHUB_STEP_SUMMARY");
  const size_t stops = output_.find("::stop-commands::");
  const std::string token = output_.substr(stops + 17, 32);
  const size_t goes_on = output_.find("\n::" + token + "::\n");
  ASSERT_NE(goes_on, std::string::npos) << output_;
  EXPECT_GT(output_.find("::error::mine"), stops);
  EXPECT_LT(output_.find("::error::mine"), goes_on);
  EXPECT_GT(output_.find("::error title="), goes_on);
  const std::string text = ContentsOf(summary);
  EXPECT_THAT(text, StartsWith("of another command\n## The server does not conform."));
}

}  // namespace
}  // namespace eagain
