#include "eagain/cli/check_run.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <iostream>

#include "eagain/checks/context.h"
#include "eagain/cli/memory_run.h"
#include "eagain/cli/worker.h"
#include "eagain/driver/failure.h"
#include "eagain/driver/patience.h"
#include "eagain/driver/sock_diag.h"
#include "eagain/fault/inject/injector.h"
#include "eagain/report/progress.h"
#include "eagain/report/style.h"
#include "eagain/report/terminal.h"
#include "eagain/runner/port_wait.h"
#include "eagain/runner/worker_processes.h"

namespace eagain::cli {
namespace {

std::ostream& ForPeople(const CheckPlan& plan) {
  return plan.output_is_taken() ? std::cerr : std::cout;
}

report::Style StyleForPeople(const CheckPlan& plan) {
  return report::StyleOf(plan.output_is_taken() ? STDERR_FILENO : STDOUT_FILENO);
}

// A check has its own limit, which tells more. This one is for when that does not work.
std::chrono::milliseconds WallLimit(double scale) {
  const std::chrono::duration<double> limit = checks::ContextOptions{}.limit;
  return std::chrono::duration_cast<std::chrono::milliseconds>(limit * scale) +
         std::chrono::minutes(1) + runner::kPortPatience;
}

runner::Isolation ChooseIsolation(const CheckPlan& plan) {
  const runner::IsolationFound found = runner::FindIsolation(plan.isolation);
  if (found.obstacle && plan.isolation == runner::IsolationWish::kNamespace) {
    throw driver::HarnessError(
        fmt::format("--isolation namespace: this machine does not allow it ({}); --isolation auto "
                    "takes what is allowed",
                    *found.obstacle));
  }
  if (plan.verbose && found.obstacle) {
    ForPeople(plan) << fmt::format("no namespaces ({}): processes are kept apart instead\n",
                                   *found.obstacle);
  }
  return found.isolation;
}

// Servers with the same built-in port in the same network have to wait for each other.
void ShareThePort(runner::RunOptions& run, runner::Isolation isolation) {
  if (isolation != runner::Isolation::kProcess || !run.command.fixed_port) {
    return;
  }
  if (driver::IsListenedOn(*run.command.fixed_port)) {
    throw driver::HarnessError(fmt::format(
        "--port {}: another program listens on it already: end it first", *run.command.fixed_port));
  }
  run.jobs = 1;
  run.await_port = true;
}

void RequireInjector(const checks::Injector& injector) {
  if (!injector.on_top.plan.empty() && injector.obstacle) {
    throw driver::HarnessError(
        fmt::format("--fault: no server can be run under a plan: {}", *injector.obstacle));
  }
}

std::string Now() { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))); }

report::RunFacts FactsOf(const CheckPlan& plan, const runner::RunOptions& run,
                         runner::Isolation isolation) {
  report::RunFacts facts;
  facts.version = EAGAIN_VERSION;
  facts.program = plan.program;
  facts.role = plan.role;
  facts.command = run.command.argv;
  facts.strategy = run.strategy;
  facts.port = run.command.fixed_port;
  facts.seed = run.seed;
  facts.fault = run.injector.on_top;
  if (plan.memory) {
    facts.memory_words = plan.memory->words;
  }
  facts.counting = plan.counting;
  facts.repeat = run.repeat;
  facts.shard_index = plan.shard.index;
  facts.shard_count = plan.shard.count;
  facts.isolation = runner::IsolationName(isolation);
  facts.timeout_scale = run.patience.scale;
  facts.started = Now();
  return facts;
}

void Write(const ReportRequest& request, const report::Report& report) {
  const char* variable = request.format->shared_file;
  const char* shared = variable != nullptr ? std::getenv(variable) : nullptr;
  if (shared != nullptr && request.file.path() == shared) {
    request.file.append(request.format->render(report));
  } else {
    request.file.write(request.format->render(report));
  }
}

std::chrono::milliseconds TimeLeft(const runner::RunOptions& run, std::chrono::milliseconds used) {
  return run.time_limit.count() == 0
             ? run.time_limit
             : std::max(run.time_limit - used, std::chrono::milliseconds(1));
}

// The results of the memory checks, which come last in the catalogue.
std::vector<runner::CheckResult> RunMemoryChecks(const CheckPlan& plan, MemoryRun& memory,
                                                 runner::Workers& workers,
                                                 runner::RunResult& result) {
  if (!memory.can_run()) {
    return memory.not_reached();
  }
  report::Progress progress(ForPeople(plan), StyleForPeople(plan), plan.memory->situations.size(),
                            "again, watched by " + memory.watched_by());
  const auto start = std::chrono::steady_clock::now();
  std::vector<runner::CheckResult> of_memory =
      memory.run(TimeLeft(plan.run, result.duration), workers, progress);
  result.duration += std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  result.interrupted = memory.interrupted();
  return of_memory;
}

// Without anybody who watches memory, its checks are skipped as they run.
runner::RunResult RunChecks(const CheckPlan& plan, const runner::RunOptions& run,
                            runner::Workers& workers) {
  std::optional<MemoryRun> memory;
  if (plan.memory && !MemoryChecksOf(plan.checks).empty()) {
    memory.emplace(plan, run, workers);
    if (memory->interrupted()) {
      runner::RunResult none = runner::NoneReached(plan.checks, "the run was cut short");
      none.interrupted = true;
      return none;
    }
  }
  const runner::CheckList checks = memory ? OtherChecksOf(plan.checks) : plan.checks;
  report::Progress progress(ForPeople(plan), StyleForPeople(plan), plan.checks.size());
  runner::RunResult result =
      runner::Run(checks::CatalogueOf(plan.role), checks, plan.gates, run, workers, progress);
  if (memory && result.interrupted) {
    memory->cut_short();
  }
  if (memory) {
    for (runner::CheckResult& one : RunMemoryChecks(plan, *memory, workers, result)) {
      progress.finished(one);
      result.checks.push_back(std::move(one));
    }
  }
  return result;
}

}  // namespace

report::Report RunPlan(const CheckPlan& plan) {
  const runner::Isolation isolation = ChooseIsolation(plan);
  runner::RunOptions run = plan.run;
  ShareThePort(run, isolation);
  run.injector.command = {std::filesystem::read_symlink("/proc/self/exe"), "inject"};
  run.injector.obstacle = fault::WhyNotPermitted();
  RequireInjector(run.injector);
  run.patience.scale *= driver::Calibrate();
  const report::RunFacts facts = FactsOf(plan, run, isolation);
  if (plan.verbose) {
    ForPeople(plan) << fmt::format("isolation: {}; {} at a time; patience times {:.1f}\n",
                                   facts.isolation, run.jobs, run.patience.scale);
  }
  if (plan.not_reached) {
    runner::RunResult none = runner::NoneReached(plan.checks, *plan.not_reached);
    none.interrupted = plan.interrupted;
    return report::MakeReport(none, facts);
  }
  runner::WorkerProcesses workers({.verb = kWorkerVerb,
                                   .isolation = isolation,
                                   .wall_limit = WallLimit(run.patience.scale),
                                   .sandbox = plan.sandbox,
                                   .as_nobody = plan.as_nobody});
  return report::MakeReport(RunChecks(plan, run, workers), facts);
}

int HandOver(const report::Report& report, const CheckPlan& plan) {
  std::ostream& out = ForPeople(plan);
  const report::Style style = StyleForPeople(plan);
  const bool shared = std::any_of(plan.reports.begin(), plan.reports.end(),
                                  [](const auto& one) { return one.format->log != nullptr; });
  std::string text = report::RenderTerminal(shared ? report::WithoutHidden(report) : report,
                                            {.style = style, .verbose = plan.verbose});
  for (const ReportRequest& request : plan.reports) {
    text = request.format->log != nullptr ? request.format->log(report, text) : text;
  }
  out << (style.live ? "" : "\n") << text << std::flush;
  int status = report.exit_status;
  for (const ReportRequest& request : plan.reports) {
    try {
      Write(request, report);
    } catch (const report::OutputError& error) {
      std::cerr << "eagain: " << error.what() << '\n';
      status = kHarnessFailed;
    }
  }
  return status;
}

}  // namespace eagain::cli
