#include "eagain/cli/worker.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <optional>

#include "eagain/checks/outcome.h"
#include "eagain/driver/failure.h"
#include "eagain/fault/inject/injector.h"
#include "eagain/runner/copy_tree.h"
#include "eagain/runner/memory_guard.h"
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
  return ask ? fault::WhyNotPermitted() : job.injector.obstacle;
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

// What was ended for its memory has not passed, whatever was seen of it before.
void TellOfMemory(uint64_t bytes, uint64_t most, checks::Outcome& outcome) {
  outcome.verdict = checks::Verdict::kFail;
  outcome.expected = fmt::format("it keeps to {} MiB of memory", most >> 20U);
  outcome.actual = fmt::format("the sandbox ended it when it had {} MiB{}{}", bytes >> 20U,
                               outcome.actual.empty() ? "" : "\n", outcome.actual);
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
  std::optional<runner::MemoryGuard> guard;
  if (job.sandbox->strong) {
    guard.emplace(job.sandbox->limits.memory_bytes);
  }
  checks::Outcome outcome = CarryOutUnguarded(inside);
  if (guard && guard->exceeded()) {
    TellOfMemory(*guard->exceeded(), job.sandbox->limits.memory_bytes, outcome);
  }
  return outcome;
}

}  // namespace

void RunWorker() { runner::WorkerMain(CarryOut); }

}  // namespace eagain::cli
