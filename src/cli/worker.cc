#include "eagain/cli/worker.h"

#include "eagain/checks/outcome.h"
#include "eagain/driver/failure.h"
#include "eagain/runner/port_wait.h"
#include "eagain/runner/worker_main.h"

namespace eagain::cli {
namespace {

checks::Outcome CarryOut(const runner::Job& job) {
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
  return checks::RunCheck(*check, options);
}

}  // namespace

void RunWorker() { runner::WorkerMain(CarryOut); }

}  // namespace eagain::cli
