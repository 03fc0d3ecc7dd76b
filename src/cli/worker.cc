#include "eagain/cli/worker.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <chrono>
#include <filesystem>
#include <optional>

#include "eagain/checks/outcome.h"
#include "eagain/driver/failure.h"
#include "eagain/fault/inject/injector.h"
#include "eagain/runner/copy_tree.h"
#include "eagain/runner/crowd_guard.h"
#include "eagain/runner/port_wait.h"
#include "eagain/runner/run_to_end.h"
#include "eagain/runner/worker_main.h"

namespace eagain::cli {
namespace {

// A build has no deadlines of its own.
constexpr std::chrono::minutes kBuildLimit{5};

checks::Outcome Done(const runner::Job& job) {
  checks::Outcome outcome;
  outcome.id = job.id;
  outcome.verdict = checks::Verdict::kPass;
  return outcome;
}

checks::Outcome Build(const runner::Job& job) {
  checks::Outcome outcome = runner::RunToEnd(job.command, kBuildLimit);
  outcome.id = job.id;
  return outcome;
}

// Why no server can be run under a plan in this sandbox. It is asked for before the worker closes itself
// to others, since it tries tracing on a copy of itself.
std::optional<std::string> ObstacleHere(const runner::Job& job) {
  const bool ask = job.sandbox && !job.injector.command.empty() && !job.injector.obstacle;
  if (!ask) {
    return job.injector.obstacle;
  }
  const auto obstacle = fault::WhyNotPermitted();
  while (waitpid(-1, nullptr, 0) > 0) {
  }  // process 1 inherits what the trial made
  return obstacle;
}

checks::Outcome Check(const runner::Job& job) {
  const checks::Check* check = checks::FindCheck(job.id);
  if (check == nullptr) {
    throw driver::HarnessError("this program knows no check " + job.id);
  }
  if (job.await_port && job.command.fixed_port) {
    runner::AwaitFreePort(*job.command.fixed_port);
  }
  checks::ContextOptions options;
  options.command = job.command;
  options.strategy = job.strategy;
  options.seed = job.seed;
  options.patience = job.patience;
  options.injector = job.injector;
  options.memory = job.memory;
  if (options.memory) {
    options.memory->untrusted = job.sandbox.has_value();
  }
  if (!options.injector.command.empty()) {  // it is this program, which a sandbox has elsewhere
    options.injector.command.front() = std::filesystem::read_symlink("/proc/self/exe");
  }
  return checks::RunCheck(*check, options);
}

checks::Outcome CarryOutUnguarded(const runner::Job& job) {
  if (job.id == runner::kProbeJob) {
    return Done(job);
  }
  return job.id == runner::kBuildJob ? Build(job) : Check(job);
}

// What was ended for its memory or number has not passed, whatever was seen of it before.
void TellOfCrowd(const runner::CrowdGuard& guard, const runner::SandboxLimits& limits,
                 checks::Outcome& outcome) {
  const auto tell = [&](const std::string& expected, const std::string& had) {
    outcome.verdict = checks::Verdict::kFail;
    outcome.expected = expected;
    outcome.actual = fmt::format("the sandbox ended it when it had {}{}{}", had,
                                 outcome.actual.empty() ? "" : "\n", outcome.actual);
  };
  if (const auto bytes = guard.exceeded_bytes()) {
    tell(fmt::format("it keeps to {} MiB of memory", limits.memory_bytes >> 20U),
         fmt::format("{} MiB", *bytes >> 20U));
  } else if (const auto processes = guard.exceeded_processes()) {
    tell(fmt::format("it keeps to less than {} processes", limits.processes),
         fmt::format("{} processes", *processes));
  }
}

checks::Outcome CarryOut(const runner::Job& job) {
  if (!job.sandbox) {
    return CarryOutUnguarded(job);
  }
  runner::Job inside = job;
  inside.injector.obstacle = ObstacleHere(job);
  try {
    runner::SettleIn(*job.sandbox);
  } catch (const runner::CopyError& error) {
    checks::Outcome outcome = Done(job);
    outcome.verdict = checks::Verdict::kFail;
    outcome.expected = "the submission's folder can be copied";
    outcome.actual = error.what();
    return outcome;
  }
  std::optional<runner::CrowdGuard> guard;
  if (job.sandbox->strong) {
    guard.emplace(job.sandbox->limits.memory_bytes, job.sandbox->limits.processes);
  }
  checks::Outcome outcome = CarryOutUnguarded(inside);
  if (guard) {
    TellOfCrowd(*guard, job.sandbox->limits, outcome);
  }
  return outcome;
}

}  // namespace

void RunWorker() { runner::WorkerMain(CarryOut); }

}  // namespace eagain::cli
