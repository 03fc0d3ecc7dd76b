// Every kind of program under every kind of fault: what its clients get, byte for byte, and what the log
// says of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <tuple>
#include <vector>

#include "injected.h"

namespace eagain::fault {
namespace {

using Kind = InjectionRecord::Kind;

struct Target {
  std::string name;
  std::vector<std::string> argv;  // with "{port}"; empty: its toolchain is not installed
  bool non_blocking = true;
  std::string unusable = {};  // why it cannot run here
};

std::vector<std::string> Script(const std::string& interpreter, const std::string& file) {
  return interpreter.find("NOTFOUND") != std::string::npos
             ? std::vector<std::string>{}
             : std::vector<std::string>{interpreter, EAGAIN_TEST_PROGRAMS "/" + file, "{port}"};
}

std::vector<std::string> GoProgram() {
  const std::string program = EAGAIN_GO_PROGRAM;
  return program.empty() ? std::vector<std::string>{} : std::vector<std::string>{program, "{port}"};
}

std::vector<std::string> UringProgram(const std::string& way = "") {
  const std::string program = EAGAIN_ECHO_URING;
  return program.empty() ? std::vector<std::string>{}
                         : std::vector<std::string>{program, "{port}", way};
}

// Without a port it only tries whether it gets a ring.
std::string WhyNoUring() {
  const std::string program = EAGAIN_ECHO_URING;
  return program.empty() || std::system(program.c_str()) == 0
             ? ""
             : "the kernel refuses io_uring_setup(2) (kernel.io_uring_disabled, or a sandbox)";
}

const std::vector<Target>& Targets() {
  static const std::vector<Target> targets = {
      {"CDynamic", {EAGAIN_ECHO_POLL, "{port}"}},
      {"CStatic", {EAGAIN_ECHO_POLL_STATIC, "{port}"}},
      {"CVectors", {EAGAIN_ECHO_POLL, "{port}", "vectors"}},
      {"CForking", {EAGAIN_ECHO_FORK, "{port}"}, false},
      {"CxxThreads", {EAGAIN_ECHO_THREADS, "{port}"}, false},
      {"Go", GoProgram()},
      {"Python", Script(EAGAIN_PYTHON, "echo.py")},
      {"Node", Script(EAGAIN_NODE, "echo.js")},
      {"CUring", UringProgram(), true, WhyNoUring()},
      {"CUringRegistered", UringProgram("registered"), true, WhyNoUring()},
      {"CUringProvided", UringProgram("provided"), true, WhyNoUring()},
  };
  return targets;
}

enum class What { kBytes, kWithheldIfBlocking, kReset };

struct Case {
  std::string name;
  std::string plan;
  What what = What::kBytes;
};

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = {
      {"ShortSend", "send short 1 on client"},
      {"ShortReceive", "recv short 3 on client"},
      {"SendEagain", "send EAGAIN on client every 2", What::kWithheldIfBlocking},
      {"ReceiveEagain", "recv EAGAIN on client every 2", What::kWithheldIfBlocking},
      {"Reset", "recv ECONNRESET on client 2 at 1", What::kReset},
      {"Delay", "recv delay 3ms on client; send delay 2ms on client 1"},
  };
  return cases;
}

class ProgramsTest : public testing::TestWithParam<std::tuple<Target, Case>> {};

TEST_P(ProgramsTest, ClientsGetTheirBytes) {
  const auto& [target, fault] = GetParam();
  if (const auto reason = WhyNotPermitted()) {
    GTEST_SKIP() << *reason;
  }
  if (target.argv.empty() || !target.unusable.empty()) {
    GTEST_SKIP() << target.name << ": "
                 << (target.argv.empty() ? "its toolchain is not installed" : target.unusable);
  }
  const std::string port = FreePort();
  std::vector<std::string> argv = target.argv;
  std::replace(argv.begin(), argv.end(), std::string("{port}"), port);
  Injected program(fault.plan, argv);
  std::vector<Client> clients;
  for (unsigned i = 0; i < 3; ++i) {
    clients.emplace_back(port);
    const std::string bytes = Payload(600, i);
    const bool resets = fault.what == What::kReset && i == 1;
    EXPECT_EQ(clients.back().echo(bytes), resets ? "" : bytes) << "client " << i + 1;
    if (resets) {
      EXPECT_THAT(errno, testing::AnyOf(ECONNRESET, EPIPE));
    }
  }
  program.signal(SIGTERM);
  const int status = program.wait();
  EXPECT_TRUE(WIFEXITED(status) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM)) << status;

  const Kind expected = fault.what == What::kWithheldIfBlocking && !target.non_blocking
                            ? Kind::kWithheld
                            : Kind::kFired;
  EXPECT_TRUE(program.wait_for([&](const auto& record) { return record.kind == expected; }));
  for (const InjectionRecord& record : program.log().records()) {
    if (record.kind == Kind::kFired || record.kind == Kind::kWithheld) {
      EXPECT_EQ(record.kind, expected) << record.describe();
      EXPECT_EQ(record.role, "client") << record.describe();
    }
  }
  EXPECT_EQ(program.log().bad_lines(), 0U);
}

INSTANTIATE_TEST_SUITE_P(All, ProgramsTest,
                         testing::Combine(testing::ValuesIn(Targets()), testing::ValuesIn(Cases())),
                         [](const auto& parameter) {
                           return std::get<0>(parameter.param).name +
                                  std::get<1>(parameter.param).name;
                         });

}  // namespace
}  // namespace eagain::fault
