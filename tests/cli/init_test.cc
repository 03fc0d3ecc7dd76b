// `eagain init` makes autograders that work: each is run here as the place runs it that it is for.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "eagain/support/folder_test.h"
#include "program.h"

namespace eagain {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kRubric = R"(
[[item]]
name = "Echo"
checks = ["lifecycle/listens", "echo/one-byte"]
points = 10
)";

class InitTest : public FolderTest {
 protected:
  InitTest() {
    fs::create_directories(folder_ / "submission");
    std::ofstream(folder_ / "rubric.toml") << kRubric;
  }

  int run(const std::vector<std::string>& words) {
    Program program(words, std::chrono::seconds(240));
    program.end_input();
    const int status = program.wait();
    output_ = program.output();
    errors_ = program.errors();
    return status;
  }
  // The submission's server is this program, under another name and made by a build.
  int init(const std::string& where, const fs::path& to) {
    fs::copy_file(EAGAIN_PROGRAM, folder_ / "submission/source");
    return run({EAGAIN_PROGRAM, "init", where, to, "--rubric", folder_ / "rubric.toml", "--build",
                "cp source 'the server'", "--", "./the server", "serve", "epoll", "--port",
                "{port}"});
  }
  static bool is_executable(const fs::path& path) { return access(path.c_str(), X_OK) == 0; }

  std::string output_;
  std::string errors_;
};

// In a file system of which /autograder is part, as Gradescope lays it out; it runs as root there.
TEST_F(InitTest, TheGradescopeBundleGradesASubmission) {
  const fs::path autograder = folder_ / "autograder";
  ASSERT_EQ(init("gradescope", autograder / "source"), 0) << errors_;
  EXPECT_TRUE(is_executable(autograder / "source/setup.sh"));
  fs::create_directories(autograder / "results");
  fs::rename(folder_ / "submission", autograder / "submission");
  fs::copy_file(autograder / "source/run_autograder", autograder / "run_autograder");
  const int status = run({"/usr/bin/bwrap", "--ro-bind", "/usr",        "/usr",
                          "--ro-bind",      "/etc",      "/etc",        "--symlink",
                          "usr/bin",        "/bin",      "--symlink",   "usr/lib",
                          "/lib",           "--symlink", "usr/lib64",   "/lib64",
                          "--proc",         "/proc",     "--dev",       "/dev",
                          "--tmpfs",        "/tmp",      "--bind",      autograder,
                          "/autograder",    "--chdir",   "/autograder", "./run_autograder"});
  if (errors_.find("bwrap:") != std::string::npos) {
    GTEST_SKIP() << "no sandbox on this machine: " << errors_;
  }
  ASSERT_EQ(status, 0) << output_ << errors_;
  const json results = json::parse(ContentsOf(autograder / "results/results.json"), nullptr, false);
  EXPECT_EQ(results["score"], 10.0) << results.dump(1);
  EXPECT_EQ(results["tests"].size(), 2);
}

TEST_F(InitTest, TheClassroom50BundleGradesACheckout) {
  ASSERT_EQ(init("classroom50", folder_ / "bundle"), 0) << errors_;
  fs::permissions(folder_ / "bundle/eagain", fs::perms::owner_read);  // Pages keeps no permissions
  std::ofstream(folder_ / "submission/result.json") << R"({"score": 100})";
  ASSERT_EQ(run({"/usr/bin/env", "-C", folder_ / "submission", "CLASSROOM=c", "ASSIGNMENT=a",
                 "SUBMISSION_TAG=submit/1", "COMMIT_URL=u", "RELEASE_URL=v", "/usr/bin/python3",
                 folder_ / "bundle/autograder.py"}),
            0)
      << output_ << errors_;
  const json result = json::parse(ContentsOf(folder_ / "submission/result.json"), nullptr, false);
  EXPECT_EQ(result["schema"], "classroom50/result/v1");
  EXPECT_EQ(result["score"], 10);
  EXPECT_EQ(result["assignment"], "a");
}

// What the step of the workflow runs, as the YAML says it.
TEST_F(InitTest, TheGithubWorkflowGradesTheRepository) {
  ASSERT_EQ(init("github", folder_ / "submission"), 0) << errors_;
  const int status = run({"/usr/bin/env", "-C", folder_ / "submission",
                          "GITHUB_STEP_SUMMARY=" + (folder_ / "summary.md").string(),
                          "RUNNER_TEMP=" + folder_.string(), "/usr/bin/python3", "-c", R"(
import subprocess, sys, yaml
job = yaml.safe_load(open(".github/workflows/grade.yml"))["jobs"]["grade"]
step = next(step for step in job["steps"] if step.get("name") == "Grade")
sys.exit(subprocess.run(["bash", "-e", "-c", step["run"]]).returncode)
)"});
  ASSERT_EQ(status, 0) << output_ << errors_;
  EXPECT_THAT(ContentsOf(folder_ / "summary.md"), HasSubstr("10 of 10 points"));
  EXPECT_THAT(ContentsOf(folder_ / "report.html"), HasSubstr("<!doctype html>"));
}

TEST_F(InitTest, SubmissionsMayBeClients) {
  const std::vector<std::string> client = {"./client", "client", "{host}", "{port}"};
  std::vector<std::string> words = {EAGAIN_PROGRAM, "init",   "classroom50", folder_ / "bundle",
                                    "--role",       "client", "--"};
  words.insert(words.end(), client.begin(), client.end());
  ASSERT_EQ(run(words), 0) << errors_;
  fs::copy_file(EAGAIN_PROGRAM, folder_ / "submission/client");
  ASSERT_EQ(run({"/usr/bin/env", "-C", folder_ / "submission", "/usr/bin/python3",
                 folder_ / "bundle/autograder.py"}),
            0)
      << output_ << errors_;
  const json result = json::parse(ContentsOf(folder_ / "submission/result.json"), nullptr, false);
  EXPECT_EQ(result["score"], 100) << result.dump(1);
}

TEST_F(InitTest, TheRubricSaysWhatSubmissionsAre) {
  std::ofstream(folder_ / "client.toml")
      << "role = 'client'\n[[item]]\nname = 'a'\nchecks = 'client'\npoints = 1\n";
  const auto init = [this](const char* rubric, const std::string& role,
                           const std::string& command) {
    std::vector<std::string> words = {EAGAIN_PROGRAM, "init",     "gradescope",
                                      folder_ / "y",  "--rubric", folder_ / rubric};
    if (!role.empty()) {
      words.insert(words.end(), {"--role", role});
    }
    words.insert(words.end(), {"--", "./it", command});
    return run(words);
  };
  EXPECT_EQ(init("rubric.toml", "client", "{port}"), 2);
  EXPECT_THAT(errors_, HasSubstr("is of a server; its line for this is role = \"client\""));
  EXPECT_EQ(init("client.toml", "server", "{port}"), 2);
  EXPECT_EQ(init("client.toml", "", "9000"), 2);
  EXPECT_THAT(errors_, HasSubstr("the client is not told its server's port"));
  EXPECT_FALSE(fs::exists(folder_ / "y"));
  EXPECT_EQ(init("client.toml", "", "{port}"), 0) << errors_;
}

TEST_F(InitTest, ItsScriptsAreCleanForShellcheck) {
  if (!is_executable("/usr/bin/shellcheck")) {
    GTEST_SKIP() << "shellcheck is not installed";
  }
  ASSERT_EQ(init("gradescope", folder_ / "x"), 0) << errors_;
  EXPECT_EQ(run({"/usr/bin/shellcheck", folder_ / "x/setup.sh", folder_ / "x/run_autograder",
                 folder_ / "x/grade.sh"}),
            0)
      << output_;
}

TEST_F(InitTest, OverwritesNothingAndRefusesWhatCannotWork) {
  ASSERT_EQ(init("gradescope", folder_ / "x"), 0) << errors_;
  const std::string before = ContentsOf(folder_ / "x/grade.sh");
  EXPECT_EQ(run({EAGAIN_PROGRAM, "init", "gradescope", folder_ / "x", "--", "./other"}), 2);
  EXPECT_THAT(errors_, HasSubstr("is there already"));
  EXPECT_EQ(ContentsOf(folder_ / "x/grade.sh"), before);
  EXPECT_EQ(run({EAGAIN_PROGRAM, "init", "gradescope", folder_ / "y"}), 2);
  EXPECT_THAT(errors_, HasSubstr("no server to check: put its command after --"));
  std::ofstream(folder_ / "bad.toml") << "points = 1\n";
  EXPECT_EQ(run({EAGAIN_PROGRAM, "init", "github", folder_ / "y", "--rubric", folder_ / "bad.toml",
                 "--", "./server"}),
            2);
  EXPECT_THAT(errors_, HasSubstr("bad.toml:1"));
  EXPECT_EQ(run({EAGAIN_PROGRAM, "init", "moodle", folder_ / "y", "--", "./server"}), 2);
  EXPECT_FALSE(fs::exists(folder_ / "y"));
}

}  // namespace
}  // namespace eagain
