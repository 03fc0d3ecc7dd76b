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
  // With these inputs, as GitHub runs it; without a program the action has to find one.
  int run(const std::vector<std::string>& inputs, const std::string& program = EAGAIN_PROGRAM,
          const std::vector<std::string>& variables = {}) {
    std::vector<std::string> words = {"/usr/bin/env",
                                      "-C",
                                      folder_,
                                      "EAGAIN=" + program,
                                      "RUNNER_TEMP=" + folder_.string(),
                                      "GITHUB_STEP_SUMMARY=" + in("summary.md"),
                                      "GITHUB_OUTPUT=" + in("output")};
    words.insert(words.end(), variables.begin(), variables.end());
    words.insert(words.end(), {"/usr/bin/python3", EAGAIN_RUN_ACTION, action_});
    words.insert(words.end(), inputs.begin(), inputs.end());
    Program action(words, std::chrono::seconds(240));
    action.end_input();
    const int status = action.wait();
    output_ = action.output() + action.errors();
    return status;
  }
  void write_program(const std::string& name, const std::string& text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << "#!/bin/sh\n" << text << "\n";
    fs::permissions(folder_ / name, fs::perms::owner_all);
  }
  std::string reports() const {
    return "--report github=" + in("summary.md") + " --report html=" + in("report.html");
  }

  std::string action_ = EAGAIN_ACTION;
  std::string output_;
};

TEST_F(ActionTest, ChecksAServerAndTellsItsStatus) {
  EXPECT_EQ(run({"command=" EAGAIN_PROGRAM " serve blocking --port {port}", "report=report.html",
                 "arguments=--only echo/one-byte --only concurrency/second-client"}),
            1)
      << output_;
  EXPECT_THAT(ContentsOf(in("summary.md")), HasSubstr("second-client"));
  EXPECT_THAT(ContentsOf(in("report.html")), HasSubstr("<!doctype html>"));
  EXPECT_EQ(ContentsOf(in("output")), "status=1\n");
}

TEST_F(ActionTest, WordsAreThoseThatAShellReads) {
  EXPECT_EQ(
      run({"command=sh -c 'exec ./server {port}'", "strategy=epoll", "level=should",
           "build=echo built >built", "report=" + in("report.html"), "arguments=--only 'a b'"},
          "/bin/echo"),
      0)
      << output_;
  EXPECT_EQ(output_, "check --strategy epoll --level should " + reports() +
                         " --only a b -- sh -c exec ./server {port}\n");
  EXPECT_EQ(ContentsOf(in("built")), "built\n");
}

// sysctl, which Ubuntu wants for the sandbox, is not this machine's.
TEST_F(ActionTest, ARubricIsForGrading) {
  for (const char* name : {"bin/bwrap", "bin/sysctl"}) {
    write_program(name, "true");
  }
  write_program("bin/sudo", "exec \"$@\"");
  EXPECT_EQ(run({"command=./server {port}", "rubric=lab 1.toml", "build=make all",
                 "report=" + in("report.html")},
                "/bin/echo", {"PATH=" + in("bin") + ":/usr/bin:/bin"}),
            0)
      << output_;
  EXPECT_EQ(output_,
            "grade --rubric lab 1.toml --build make all " + reports() + " -- ./server {port}\n");
}

// Of one folder, on a free port, which is its first line; a release is elsewhere, as on GitHub.
constexpr const char* kReleases = R"(
import http.server
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/owner/eagain/releases/download/"):
            self.send_response(302)
            self.send_header("Location", "/elsewhere/" + self.path.rsplit("/", 1)[1])
            self.end_headers()
        else:
            super().do_GET()
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
)";

TEST_F(ActionTest, AVersionIsTheProgramOfThatRelease) {
  const std::string machine = EAGAIN_MACHINE;
  const std::string name = "eagain-1.2.3-linux-" + machine;
  write_program(name + "/bin/eagain", "echo 1.2.3 \"$@\"");
  fs::create_directory(folder_ / "elsewhere");
  Program tar({"/usr/bin/tar", "-C", folder_, "-czf", in("elsewhere/" + name + ".tar.gz"), name});
  ASSERT_EQ(tar.wait(), 0) << tar.errors();
  fs::remove_all(folder_ / name);
  Program releases({"/usr/bin/env", "-C", folder_, "python3", "-c", kReleases},
                   std::chrono::seconds(240));
  const std::string server = "GITHUB_SERVER_URL=http://127.0.0.1:" + releases.read_line();
  const std::vector<std::string> inputs = {"command=./server {port}",
                                           "report=" + in("report.html")};
  const auto run_version = [&](const std::string& version) {
    std::vector<std::string> words = inputs;
    words.push_back("version=" + version);
    return run(words, "", {server});
  };
  EXPECT_EQ(run_version("1.2.3"), 0) << output_;
  EXPECT_EQ(output_, "1.2.3 check " + reports() + " -- ./server {port}\n");
  EXPECT_EQ(run_version("1.2.4"), 2);
  EXPECT_THAT(output_, AllOf(HasSubstr("404"), HasSubstr("eagain: no release 1.2.4 at http://"),
                             HasSubstr("/owner/eagain/releases/download/v1.2.4/eagain-1.2.4-")));
}

TEST_F(ActionTest, WithoutAVersionItIsTheOneOfTheActionsOwnSources) {
  action_ = in("sources/.github/actions/check/action.yml");
  fs::create_directories(fs::path(action_).parent_path());
  fs::copy(fs::path(EAGAIN_ACTION).parent_path(), fs::path(action_).parent_path());
  write_program("sources/eagain", "echo sources \"$@\"");
  EXPECT_EQ(run({"command=./server {port}", "report=" + in("report.html")}, ""), 0) << output_;
  EXPECT_EQ(output_, "sources check " + reports() + " -- ./server {port}\n");
}

}  // namespace
}  // namespace eagain
