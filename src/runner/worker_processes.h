// WorkerProcesses: one process for each job, apart from all others (isolation.h). This program
// executes itself for it, with a hidden verb, and that runs WorkerMain() (worker_main.h).
//
// Nothing of it outlives this object, and nothing outlives the program, however that ends: a worker
// gets a signal from the kernel when the thread that started it is gone (PR_SET_PDEATHSIG).
//
// SIGINT, SIGTERM and SIGHUP are blocked while this object lives, and told by next() as
// kInterrupted. One thread makes, uses and destroys it.
#pragma once

#include <signal.h>

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eagain/runner/isolation.h"
#include "eagain/runner/workers.h"
#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/unique_fd.h"

namespace eagain::runner {

struct WorkerProcessesOptions {
  std::string verb = "run-check";  // argv[1] of a worker
  Isolation isolation = Isolation::kProcess;
  // A job that takes longer is stopped, with the verdict timeout. It is there for a harness or a
  // server that goes wrong in a way nobody thought of: a check has its own deadlines.
  std::chrono::milliseconds wall_limit{180'000};
  // Puts every worker into a sandbox. Only with namespaces.
  std::optional<Sandbox> sandbox = {};
  // Without a sandbox: workers run as user nobody and are this program, a copy of ours that nobody can
  // read. Empty: they run as who runs this. Only for root.
  std::string as_nobody = {};
};

class WorkerProcesses : public Workers {
 public:
  // Throws std::system_error when the kernel gives no descriptors.
  explicit WorkerProcesses(WorkerProcessesOptions options);
  ~WorkerProcesses() override;
  WorkerProcesses(const WorkerProcesses&) = delete;
  WorkerProcesses& operator=(const WorkerProcesses&) = delete;

  void start(int ticket, const Job& job) override;
  Happening next(std::chrono::milliseconds patience) override;
  void stop_all() override;

 private:
  using Clock = std::chrono::steady_clock;

  struct Worker {
    std::string id;
    UniqueFd process;  // a pidfd
    UniqueFd outcome;  // a file in memory, as the next one
    UniqueFd log;      // what the worker itself wrote to stdout and stderr
    Clock::time_point deadline;
    bool too_long = false;
  };

  [[noreturn]] void become_worker(int job, const Worker& worker, unsigned uid, unsigned gid) const;
  [[noreturn]] static void enter_sandbox(char* const* command);
  static void leave_root();
  void stop(const Worker& worker) const;
  static int reap(const Worker& worker);
  checks::Outcome outcome_of(const Worker& worker, int status) const;
  Happening collect(int ticket);
  int milliseconds_until_due(std::chrono::milliseconds patience) const;
  void stop_overdue();

  WorkerProcessesOptions options_;
  std::vector<std::string> command_;  // what a worker executes
  KernelSys sys_;
  UniqueFd this_process_;  // a pidfd
  UniqueFd signals_;
  sigset_t mask_before_;
  std::map<int, Worker> workers_;  // by ticket
  std::deque<Happening> at_once_;  // jobs that could not even begin
};

}  // namespace eagain::runner
