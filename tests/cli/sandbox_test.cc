// `grade` on programs that mean no good: each ends in a correct report, and leaves nothing behind.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "checking_test.h"

namespace eagain {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kRubric = R"(
[[item]]
name = "Echo"
checks = ["lifecycle/listens", "echo/one-byte", "concurrency/second-client"]
points = 30
)";

// An echo server that works, after what `first` does.
std::string ServerAfter(const std::string& first) {
  return R"(
import os, selectors, signal, socket, subprocess, sys, time
port = int(sys.argv[1])
)" + first +
         R"(
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", port))
listener.listen(64)
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            selector.register(listener.accept()[0], selectors.EVENT_READ)
        else:
            data = key.fileobj.recv(4096)
            if data:
                key.fileobj.sendall(data)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
)";
}

class SandboxTest : public FolderTest {
 protected:
  SandboxTest() {
    submission_ = folder_ / "submission";
    fs::create_directory(submission_);
    mark_ = "mark-" + folder_.filename().string();
    write(folder_ / "rubric.toml", kRubric);
  }
  ~SandboxTest() override { EXPECT_EQ(left_running(), std::vector<std::string>{}); }

  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

  int grade(std::vector<std::string> options, const std::vector<std::string>& server) {
    options.insert(options.begin(), {"/usr/bin/env", "-C", submission_, "SECRET=swordfish",
                                     EAGAIN_PROGRAM, "grade", "--rubric", folder_ / "rubric.toml",
                                     "--report", "json=" + (folder_ / "report.json").string()});
    options.emplace_back("--");
    options.insert(options.end(), server.begin(), server.end());
    Program program(options, std::chrono::seconds(240));
    program.end_input();
    const int status = program.wait();
    output_ = program.output();
    errors_ = program.errors();
    std::ifstream file(folder_ / "report.json");
    report_ = json::parse(file, nullptr, false);
    return status;
  }
  // Of a server in Python that does this first.
  int grade_python(const std::string& first, std::vector<std::string> options = {}) {
    write(submission_ / "server.py", ServerAfter(first));
    return grade(std::move(options), {"python3", "server.py", "{port}", mark_});
  }
  bool no_sandbox_here() const { return errors_.find("allows no sandbox") != std::string::npos; }

  const json& of(const std::string& id) const { return CheckIn(report_, id); }
  std::string said() const { return of("lifecycle/listens").at("server_output"); }

  // The command lines of processes that have the mark.
  std::vector<std::string> left_running() const {
    std::vector<std::string> found;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
      std::ifstream file(entry.path() / "cmdline");
      std::string line{std::istreambuf_iterator<char>(file), {}};
      std::replace(line.begin(), line.end(), '\0', ' ');
      if (line.find(mark_) != std::string::npos) {
        found.push_back(line);
      }
    }
    return found;
  }

  fs::path submission_;
  std::string mark_;
  std::string output_;
  std::string errors_;
  json report_;
};

// On machines without namespaces for us, the test of the weak sandbox is all that can be run.
#define SKIP_WITHOUT_SANDBOX()                                 \
  if (no_sandbox_here()) {                                     \
    GTEST_SKIP() << "no sandbox on this machine: " << errors_; \
  }

TEST_F(SandboxTest, AServerThatWorksGetsItsPoints) {
  const int status = grade_python("print('hello')");
  SKIP_WITHOUT_SANDBOX();
  EXPECT_EQ(status, 0) << output_ << errors_;
  EXPECT_EQ(report_["summary"]["score"], 30.0);
  EXPECT_EQ(report_["sandbox"], json({{"kind", "bubblewrap"}, {"weak", json::array()}}));
}

TEST_F(SandboxTest, ItIsTheServerThatIsSignalledAndMeasured) {
  write(folder_ / "rubric.toml",
        "[[item]]\nname = 'a'\npoints = 1\nchecks = ['lifecycle/terminate', 'disconnect/memory', "
        "'resources/idle-alone', 'disconnect/descriptors']\n");
  const int status = grade({}, {EAGAIN_PROGRAM, "serve", "epoll", "--port", "{port}"});
  SKIP_WITHOUT_SANDBOX();
  EXPECT_EQ(status, 0) << output_ << errors_;
}

TEST_F(SandboxTest, ItSeesNothingOfTheGrader) {
  const int status = grade_python(R"(
def attempt(name, what):
    try:
        print(name, "DONE", what(), flush=True)
    except OSError as error:
        print(name, "refused", flush=True)
attempt("rubric", lambda: open(")" +
                                  (folder_ / "rubric.toml").string() + R"(").read())
attempt("original", lambda: open(")" +
                                  (submission_ / "new").string() + R"(", "w").write("x"))
attempt("environment", lambda: open("/proc/1/environ").read())
attempt("memory", lambda: open("/proc/1/mem", "rb").read(1))
attempt("descriptors", lambda: os.listdir("/proc/1/fd"))
attempt("system", lambda: open("/usr/x", "w").write("x"))
attempt("network", lambda: socket.create_connection(("192.0.2.1", 80), timeout=1))
attempt("file", lambda: open("large", "wb").write(b"x" * (300 << 20)))
print("SECRET" in os.environ, sorted(os.environ), flush=True)
print("processes", [p for p in os.listdir("/proc") if p.isdigit() and int(p) < os.getpid()], flush=True)
)");
  SKIP_WITHOUT_SANDBOX();
  EXPECT_EQ(status, 0) << output_ << errors_;
  EXPECT_THAT(said(),
              AllOf(HasSubstr("rubric refused"), HasSubstr("original DONE"),
                    HasSubstr("environment refused"), HasSubstr("memory refused"),
                    HasSubstr("descriptors refused"), HasSubstr("system refused"),
                    HasSubstr("network refused"), HasSubstr("file refused"), HasSubstr("False ["),
                    HasSubstr("processes ['1']"), Not(HasSubstr("swordfish"))));
  EXPECT_FALSE(fs::exists(submission_ / "new")) << "it wrote to a copy";
}

TEST_F(SandboxTest, ItCannotSayWhichFaultsFired) {
  const int status = grade_python(R"(
import glob
places = glob.glob("/tmp/eagain*") + glob.glob("/proc/[0-9]*/fd/*")
print(len(places), "places", flush=True)
for place in places:
    if os.path.realpath(place).startswith(("/tmp", "/memfd")):
        try:
            with open(place, "a") as file:
                file.write('{"event":"fired","time":1,"outcome":"forged","rule":0}\n')
            print("wrote to", place, flush=True)
        except OSError:
            pass
)",
                                  {"--fault", "recv short 1 on client"});
  SKIP_WITHOUT_SANDBOX();
  EXPECT_EQ(status, 0) << output_ << errors_;
  EXPECT_THAT(said(), AllOf(HasSubstr(" places"), Not(HasSubstr("wrote to"))));
  EXPECT_FALSE(of("concurrency/second-client")["faults"].empty());
  EXPECT_THAT(report_.dump(), Not(HasSubstr("forged;")));
}

TEST_F(SandboxTest, ItCanKillNobodyButItself) {
  const int status = grade_python(R"(
for signo in (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP):
    os.kill(os.getppid(), signo)
    os.kill(1, signo)
)");
  SKIP_WITHOUT_SANDBOX();
  EXPECT_EQ(status, 0) << output_ << errors_;
}

TEST_F(SandboxTest, AForkBombIsBounded) {
  write(submission_ / "bomb", "#!/bin/sh\nbomb() { bomb | bomb & }\nbomb\nwait\n");
  fs::permissions(submission_ / "bomb",
                  fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
  const int status = grade({"--processes", "200"}, {"./bomb", "{port}", mark_});
  SKIP_WITHOUT_SANDBOX();
  EXPECT_EQ(status, 1) << output_ << errors_;
  EXPECT_EQ(of("lifecycle/listens")["verdict"], "fail");
  // One that meets its limit between two looks at it cannot fork, and ends by itself.
  EXPECT_THAT(of("lifecycle/listens")["expected"].get<std::string>(),
              testing::AnyOf("it keeps to less than 200 processes",
                             testing::StartsWith("the server listens on port")));
  EXPECT_EQ(of("echo/one-byte")["skip_kind"], "not-reached");
}

TEST_F(SandboxTest, TenGigabytesAreTooMany) {
  const int status = grade_python("hoard = b'x' * (10 << 30)", {"--memory", "300"});
  SKIP_WITHOUT_SANDBOX();
  EXPECT_EQ(status, 1) << output_ << errors_;
  EXPECT_EQ(of("lifecycle/listens")["verdict"], "fail");
  EXPECT_EQ(of("lifecycle/listens")["expected"], "it keeps to 300 MiB of memory");
}

TEST_F(SandboxTest, EndlessOutputIsTakenAndCut) {
  const int status = grade_python("subprocess.Popen(['yes', '" + mark_ + "'])");
  SKIP_WITHOUT_SANDBOX();
  EXPECT_EQ(status, 0) << output_ << errors_;
  EXPECT_LT(said().size(), 100'000);
}

TEST_F(SandboxTest, ADaemonIsFoundAndEnded) {
  write(folder_ / "rubric.toml",
        "[[item]]\nname = 'a'\npoints = 2\nchecks = ['echo/one-byte', 'disconnect/orderly']\n");
  const int status = grade_python(R"(
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
)");
  SKIP_WITHOUT_SANDBOX();
  EXPECT_EQ(report_["summary"]["errors"], 0) << output_ << errors_;
  EXPECT_EQ(of("echo/one-byte")["verdict"], "pass") << status << output_;
  EXPECT_EQ(of("disconnect/orderly")["verdict"], "pass") << output_;
}

TEST_F(SandboxTest, WhatItPrintsAndWritesIsNoReport) {
  const int status = grade_python(R"(
for name in ("report.json", "results.json", "../report.json", "/tmp/report.json"):
    try:
        open(name, "w").write('{"score": 100}')
    except OSError:
        pass
sys.stdout.write("::error::all is well\n\x1b[2J\x1b[32mScore: 30 of 30\r\n::stop-commands::x\n")
sys.stdout.flush()
sys.exit(1)
)");
  SKIP_WITHOUT_SANDBOX();
  EXPECT_EQ(status, 1) << output_ << errors_;
  EXPECT_EQ(report_["summary"]["score"], 0.0);
  EXPECT_THAT(output_, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\n::")), Not(HasSubstr("\r"))));
  EXPECT_FALSE(fs::exists(submission_ / "results.json"));
}

TEST_F(SandboxTest, ABuildRunsInTheSandboxAndItsOutputIsInTheReport) {
  write(submission_ / "source", ServerAfter(""));
  const int status =
      grade({"--build", "cp source built.py; echo SECRET=$SECRET; cat ../rubric.toml; exit 0"},
            {"python3", "built.py", "{port}", mark_});
  SKIP_WITHOUT_SANDBOX();
  EXPECT_EQ(status, 0) << output_ << errors_;
  EXPECT_TRUE(report_["build"]["passed"]);
  EXPECT_THAT(report_["build"]["output"].get<std::string>(),
              AllOf(HasSubstr("SECRET=\n"), HasSubstr("rubric.toml: No such file")));
  EXPECT_FALSE(fs::exists(submission_ / "built.py"));
}

TEST_F(SandboxTest, ABuildThatFailsIsToldAndNothingIsReached) {
  const int status = grade({"--build", "echo 'server.c:1: error' >&2; exit 2"}, {"./server"});
  SKIP_WITHOUT_SANDBOX();
  EXPECT_EQ(status, 1) << output_ << errors_;
  EXPECT_THAT(output_, AllOf(HasSubstr("BUILD FAILED"), HasSubstr("server.c:1: error"),
                             HasSubstr("Score: 0 of 30")));
  for (const json& check : report_["checks"]) {
    EXPECT_EQ(check["skip_kind"], "not-reached");
  }
}

TEST_F(SandboxTest, WithoutNamespacesItGoesOnOnlyWhenTold) {
  EXPECT_EQ(grade_python("", {"--isolation", "process"}), 3);
  EXPECT_THAT(errors_, AllOf(HasSubstr("allows no sandbox"), HasSubstr("it can reach the network"),
                             HasSubstr("--allow-weak-sandbox")));
  EXPECT_EQ(grade_python("", {"--isolation", "process", "--allow-weak-sandbox"}), 0)
      << output_ << errors_;
  EXPECT_EQ(report_["sandbox"]["kind"], "weak");
  EXPECT_GE(report_["sandbox"]["weak"].size(), 5);
}

// Of root's own files it then sees none, and it cannot pretend to be who checks it.
TEST_F(SandboxTest, WithoutNamespacesRootGivesItToNobody) {
  if (geteuid() != 0) {
    GTEST_SKIP() << "only root can";
  }
  fs::permissions(folder_, fs::perms::owner_all);
  EXPECT_EQ(grade_python(R"(
parent = "/proc/%d" % os.getppid()
for name in (")" + (folder_ / "rubric.toml").string() +
                             R"(", parent + "/mem", parent + "/fd/3"):
    try:
        open(name, "rb").close()
        print("opened", name, flush=True)
    except OSError as error:
        print("refused", flush=True)
print("user", os.getuid(), os.getgroups(), flush=True)
)",
                         {"--isolation", "process", "--allow-weak-sandbox"}),
            0)
      << output_ << errors_;
  EXPECT_THAT(said(), AllOf(HasSubstr("user 65534 []"), Not(HasSubstr("opened"))));
}

}  // namespace
}  // namespace eagain
