#include "eagain/cli/grade_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <utility>

#include "eagain/cli/check_run.h"
#include "eagain/cli/worker.h"
#include "eagain/driver/failure.h"
#include "eagain/grade/marks.h"
#include "eagain/grade/staging.h"
#include "eagain/report/escape.h"
#include "eagain/runner/one_job.h"
#include "eagain/runner/worker_processes.h"

namespace eagain::cli {
namespace {

constexpr std::chrono::seconds kProbeLimit{30};
constexpr std::chrono::minutes kBuildLimit{6};  // the worker has its own, which tells more

std::vector<std::string> OwnFiles(const GradePlan& plan) {
  std::vector<std::string> own = plan.own_files;
  for (const ReportRequest& request : plan.check.reports) {
    own.push_back(request.file.path());
  }
  return own;
}

std::optional<checks::Outcome> RunJob(runner::WorkerProcessesOptions options,
                                      const runner::Job& job) {
  options.verb = kWorkerVerb;
  runner::WorkerProcesses workers(std::move(options));
  return runner::RunOneJob(workers, job);
}

// What a program can do in a weak sandbox that it should not.
std::vector<std::string> Unprotected(runner::Isolation isolation) {
  const bool root = geteuid() == 0;  // gives it to user nobody
  std::vector<std::string> weak = {
      root ? "it can read all that every user can read"
           : "it can read all that this user can read, the rubric and other submissions too",
      root ? "it can write where every user can write" : "it can write where this user can write",
      "it has this program's environment", "its memory is not bounded"};
  if (isolation == runner::Isolation::kProcess) {
    weak.emplace_back("it can reach the network");
    weak.emplace_back(root ? "it can signal what user nobody runs, what checks it too"
                           : "it can signal and trace what this user runs, the grader too");
  }
  return weak;
}

// The program of workers that run as user nobody; empty when there is no need.
std::string Nobody(const runner::Sandbox& sandbox) { return geteuid() == 0 ? sandbox.worker : ""; }

class GradeRun {
 public:
  explicit GradeRun(GradePlan plan)
      : plan_(std::move(plan)),
        isolation_(runner::FindIsolation(plan_.check.isolation)),
        staging_({.folder = std::filesystem::current_path(),
                  .leave_out = OwnFiles(plan_),
                  .command = plan_.check.run.command.argv,
                  .limits = plan_.limits}) {}

  report::Report run() {
    find_out_what_is_allowed();
    std::optional<report::BuildReport> build;
    const bool twice = plan_.check.memory && !plan_.check.memory->build_with.empty();
    if (twice) {
      staging_.copy_into(kSanitizedFolder);
    }
    if (!plan_.build.empty()) {
      build = this->build();
    }
    if (twice && !plan_.check.not_reached) {
      build_sanitized();
    }
    enter(staging_.for_checks(), plan_.check.run.sandbox);
    if (strong_) {
      plan_.check.sandbox = staging_.for_checks();
    } else {
      plan_.check.as_nobody = Nobody(staging_.for_checks());
    }
    report::Report report = RunPlan(plan_.check);
    report.build = std::move(build);
    report.sandbox = strong_ ? "bubblewrap" : "weak";
    report.weak = strong_ ? std::vector<std::string>{} : Unprotected(isolation_.isolation);
    report.submission = report::EscapeLine(plan_.submission);
    report.fingerprint = plan_.fingerprint;
    grade::Apply(plan_.rubric, report);
    return report;
  }

 private:
  void find_out_what_is_allowed();
  std::optional<std::string> obstacle() const;
  std::optional<checks::Outcome> run_build(const std::string& folder,
                                           std::vector<std::string> environment) const;
  report::BuildReport build();
  void build_sanitized();
  void enter(const runner::Sandbox& sandbox, std::optional<runner::InsideSandbox>& inside) const;
  runner::WorkerProcessesOptions workers(const runner::Sandbox& sandbox,
                                         std::chrono::milliseconds limit) const;

  GradePlan plan_;
  runner::IsolationFound isolation_;
  grade::Staging staging_;
  bool strong_ = true;
};

runner::WorkerProcessesOptions GradeRun::workers(const runner::Sandbox& sandbox,
                                                 std::chrono::milliseconds limit) const {
  runner::WorkerProcessesOptions options{
      .verb = {}, .isolation = isolation_.isolation, .wall_limit = limit};
  if (strong_) {
    options.sandbox = sandbox;
  } else {
    options.as_nobody = Nobody(sandbox);
  }
  return options;
}

// What the worker has to know.
void GradeRun::enter(const runner::Sandbox& sandbox,
                     std::optional<runner::InsideSandbox>& inside) const {
  if (strong_) {
    inside = runner::InsideOf(sandbox);
  } else {
    inside = runner::InsideSandbox{
        .strong = false, .folder = staging_.folder(), .copy_from = {}, .limits = sandbox.limits};
  }
}

// Why there can be no sandbox, by trying.
std::optional<std::string> GradeRun::obstacle() const {
  if (isolation_.isolation == runner::Isolation::kProcess) {
    return "no namespaces: " + isolation_.obstacle.value_or("--isolation process");
  }
  runner::Job job{
      .id = std::string(runner::kProbeJob), .command = {}, .strategy = {}, .patience = {}};
  job.command.argv = {"true"};
  enter(staging_.for_checks(), job.sandbox);
  const auto outcome = RunJob(workers(staging_.for_checks(), kProbeLimit), job);
  if (!outcome) {
    throw driver::HarnessError("interrupted");
  }
  return outcome->verdict == checks::Verdict::kPass ? std::nullopt : std::optional(outcome->actual);
}

void GradeRun::find_out_what_is_allowed() {
  const std::optional<std::string> why = obstacle();
  if (!why) {
    return;
  }
  strong_ = false;
  const std::string what =
      fmt::format("this machine allows no sandbox for what is graded ({}).\nWithout it:\n  - {}",
                  report::EscapeLine(*why), fmt::join(Unprotected(isolation_.isolation), "\n  - "));
  if (!plan_.allow_weak_sandbox) {
    throw driver::HarnessError(what + "\n--allow-weak-sandbox goes on all the same");
  }
  std::cerr << "eagain: " << what << '\n';
}

// In the folder of that name in the submission's; "" is the submission's own.
std::optional<checks::Outcome> GradeRun::run_build(const std::string& folder,
                                                   std::vector<std::string> environment) const {
  runner::Job job{
      .id = std::string(runner::kBuildJob), .command = {}, .strategy = {}, .patience = {}};
  job.command.argv = {"/bin/sh", "-c",
                      (folder.empty() ? "" : "cd " + folder + " || exit\n") + plan_.build};
  job.command.extra_environment = std::move(environment);
  enter(staging_.for_build(), job.sandbox);
  return RunJob(workers(staging_.for_build(), kBuildLimit), job);
}

report::BuildReport GradeRun::build() {
  const auto outcome = run_build("", {});
  report::BuildReport build{.command = report::EscapeLine(plan_.build),
                            .passed = outcome && outcome->verdict == checks::Verdict::kPass,
                            .result = outcome ? report::EscapeLine(outcome->actual) : "interrupted",
                            .output = outcome ? report::Escape(outcome->server_output) : "",
                            .duration_ms = outcome ? outcome->duration.count() : 0};
  if (!build.passed) {
    plan_.check.not_reached = fmt::format("the build failed ({}: {})", build.command, build.result);
    plan_.check.interrupted = !outcome.has_value();
  }
  return build;
}

// For the memory checks. A build that takes no flags from its environment is found out when it runs.
void GradeRun::build_sanitized() {
  const std::string sanitizers =
      plan_.check.memory->build_with == "thread" ? "thread" : "address,undefined";
  const std::string flags = "-g -O1 -fno-omit-frame-pointer -fsanitize=" + sanitizers;
  const auto outcome = run_build(kSanitizedFolder, {"CFLAGS=" + flags, "CXXFLAGS=" + flags,
                                                    "LDFLAGS=-fsanitize=" + sanitizers});
  if (!outcome) {
    plan_.check.not_reached = "the run was cut short";
    plan_.check.interrupted = true;
  } else if (outcome->verdict != checks::Verdict::kPass) {
    plan_.check.memory->not_reached =
        fmt::format("--sanitize: the build with CFLAGS, CXXFLAGS and LDFLAGS set failed ({}: {})",
                    report::EscapeLine(plan_.build), report::EscapeLine(outcome->actual));
  }
}

}  // namespace

report::Report RunGrade(GradePlan plan) { return GradeRun(std::move(plan)).run(); }

}  // namespace eagain::cli
