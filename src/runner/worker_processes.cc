#include "eagain/runner/worker_processes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "eagain/runner/keeper.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

namespace eagain::runner {
namespace {

// How long a worker may take to end once it was told to: a keeper kills a whole tree meanwhile.
constexpr int kStopPatienceMs = 15'000;
constexpr size_t kMostLog = 4096;

// Descriptors of a worker: 0 is its job, 1 and 2 its log, and this one takes its outcome.
constexpr int kOutcomeFd = 3;

UniqueFd Own(KernelSys& sys, long fd, const char* what) {
  if (fd < 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
  return {sys, static_cast<int>(fd)};
}

// Its number is none that a worker has another use for.
UniqueFd MemoryFile(KernelSys& sys, const char* name) {
  const UniqueFd file = Own(sys, memfd_create(name, MFD_CLOEXEC), "memfd_create");
  return Own(sys, fcntl(file.get(), F_DUPFD_CLOEXEC, kOutcomeFd + 1), "fcntl");
}

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signo : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&signals, signo);
  }
  return signals;
}

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return lseek(fd, 0, SEEK_SET) == 0;
}

// All of a file in memory, or its last `most` bytes.
std::string Contents(int fd, size_t most = SIZE_MAX) {
  const auto size = static_cast<size_t>(std::max<off_t>(lseek(fd, 0, SEEK_END), 0));
  std::string bytes(std::min(size, most), '\0');
  auto offset = static_cast<off_t>(size - bytes.size());
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = pread(fd, bytes.data() + filled, bytes.size() - filled, offset);
    if (count <= 0) {
      break;
    }
    filled += static_cast<size_t>(count);
    offset += count;
  }
  bytes.resize(filled);
  return bytes;
}

bool Readable(int fd) {
  pollfd item{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&item, 1, 0) == 1;
}

// A worker, and so the server below it, begins with what every process begins with: an ignored
// SIGPIPE or a blocked SIGTERM would be inherited through exec(2).
void ResetSignals() {
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int signo = 1; signo < NSIG; ++signo) {
    sigaction(signo, &by_default, nullptr);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// proc_pid_oom_score_adj(5): if the machine has no memory left, what is in the sandbox has to go, not
// the harness.
void PreferForTheOutOfMemoryKiller() {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd >= 0) {
    static_cast<void>(!write(fd, "500", 3));
    close(fd);
  }
}

[[noreturn]] void Die(int log, const char* step, int error) {
  dprintf(log, "cannot start: %s: %s\n", step, std::strerror(error));
  _exit(3);
}

std::string DescribeEnd(int status) {
  if (WIFSIGNALED(status)) {
    const int signo = WTERMSIG(status);
    const char* name = sigabbrev_np(signo);
    return fmt::format("killed by SIG{} (signal {})", name == nullptr ? "?" : name, signo);
  }
  return fmt::format("exit status {}", WEXITSTATUS(status));
}

checks::Outcome Trouble(const std::string& id, checks::Verdict verdict, std::string actual) {
  checks::Outcome outcome;
  outcome.id = id;
  outcome.verdict = verdict;
  outcome.actual = std::move(actual);
  return outcome;
}

}  // namespace

WorkerProcesses::WorkerProcesses(WorkerProcessesOptions options) : options_(std::move(options)) {
  assert(!options_.sandbox || options_.isolation != Isolation::kProcess);
  command_ = options_.sandbox ? SandboxCommand(*options_.sandbox, options_.verb)
                              : std::vector<std::string>{"eagain", options_.verb};
  this_process_ = Own(sys_, syscall(SYS_pidfd_open, getpid(), 0), "pidfd_open");
  const sigset_t signals = StopSignals();
  signals_ = Own(sys_, signalfd(-1, &signals, SFD_CLOEXEC), "signalfd");
  sigprocmask(SIG_BLOCK, &signals, &mask_before_);
}

WorkerProcesses::~WorkerProcesses() {
  stop_all();
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

// In the new process. It is a copy of this one, with one thread, so system calls are all it makes;
// execve(2) makes a new program of it.
void WorkerProcesses::become_worker(int job, const Worker& worker, unsigned uid,
                                    unsigned gid) const {
  const int log = worker.log.get();
  const bool kept = options_.isolation == Isolation::kProcess;
  prctl(PR_SET_PDEATHSIG, kept ? SIGTERM : SIGKILL);
  if (Readable(this_process_.get())) {
    _exit(3);  // the runner ended before it could be told that we depend on it
  }
  setsid();  // no signal of the terminal, and no input from it
  if (const auto failure = SetUpNamespaces(options_.isolation, uid, gid)) {
    Die(log, failure->step, failure->error);
  }
  const std::array<std::pair<int, int>, 4> copies = {
      {{job, 0}, {log, 1}, {log, 2}, {worker.outcome.get(), kOutcomeFd}}};
  for (const auto& [from, to] : copies) {
    if (dup2(from, to) < 0) {
      Die(log, "dup2", errno);
    }
  }
  close_range(kOutcomeFd + 1, ~0U, 0);
  if (kept) {
    BecomeKeeper();
  }
  ResetSignals();
  std::vector<char*> argv;
  for (const std::string& word : command_) {
    argv.push_back(const_cast<char*>(word.c_str()));
  }
  argv.push_back(nullptr);
  if (options_.sandbox) {
    enter_sandbox(argv.data());
  }
  const char* program = "/proc/self/exe";
  if (!options_.as_nobody.empty()) {
    leave_root();
    program = options_.as_nobody.c_str();
  }
  execve(program, argv.data(), environ);
  Die(2, "execve the worker", errno);
}

void WorkerProcesses::leave_root() {
  if (!BecomeNobody()) {
    Die(2, "become nobody", errno);
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a change of user takes it away
}

void WorkerProcesses::enter_sandbox(char* const* command) {
  PreferForTheOutOfMemoryKiller();
  leave_root();
  execvp(command[0], command);
  Die(2, "execute bwrap (the package bubblewrap)", errno);
}

void WorkerProcesses::start(int ticket, const Job& job) {
  assert(workers_.count(ticket) == 0);
  Worker worker;
  worker.id = job.id;
  worker.deadline = Clock::now() + options_.wall_limit;
  try {
    const UniqueFd input = MemoryFile(sys_, "job");
    worker.outcome = MemoryFile(sys_, "outcome");
    worker.log = MemoryFile(sys_, "log");
    if (!WriteAll(input.get(), Encode(job))) {
      throw std::system_error(errno, std::generic_category(), "write the job");
    }
    const unsigned uid = geteuid();  // in a new user namespace they have no value before they are
    const unsigned gid = getegid();  // mapped
    int pidfd = -1;
    const long pid =
        syscall(SYS_clone, CloneFlags(options_.isolation) | CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
    if (pid == 0) {
      become_worker(input.get(), worker, uid, gid);
    }
    worker.process = Own(sys_, pid < 0 ? -1 : pidfd, "clone");
    workers_.emplace(ticket, std::move(worker));
  } catch (const std::system_error& error) {
    at_once_.push_back(
        {.what = What::kDone,
         .ticket = ticket,
         .outcome = Trouble(job.id, checks::Verdict::kError,
                            fmt::format("cannot start a worker: {}", error.what()))});
  }
}

Workers::Happening WorkerProcesses::next(std::chrono::milliseconds patience) {
  if (!at_once_.empty()) {
    Happening happening = std::move(at_once_.front());
    at_once_.pop_front();
    return happening;
  }
  std::vector<pollfd> items{{.fd = signals_.get(), .events = POLLIN, .revents = 0}};
  std::vector<int> tickets;
  for (const auto& [ticket, worker] : workers_) {
    items.push_back({.fd = worker.process.get(), .events = POLLIN, .revents = 0});
    tickets.push_back(ticket);
  }
  const int ready = poll(items.data(), items.size(), milliseconds_until_due(patience));
  stop_overdue();
  if (ready <= 0) {
    return {};
  }
  if (items.front().revents != 0) {
    signalfd_siginfo signal;
    static_cast<void>(!read(signals_.get(), &signal, sizeof signal));
    return {.what = What::kInterrupted, .ticket = 0, .outcome = {}};
  }
  for (size_t at = 1; at < items.size(); ++at) {
    if (items[at].revents != 0) {
      return collect(tickets[at - 1]);
    }
  }
  return {};
}

// Until the first deadline, and at most `patience`.
int WorkerProcesses::milliseconds_until_due(std::chrono::milliseconds patience) const {
  for (const auto& [ticket, worker] : workers_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(worker.deadline - Clock::now());
    if (!worker.too_long) {
      patience = std::clamp(left, std::chrono::milliseconds(0), patience);
    }
  }
  return static_cast<int>(patience.count());
}

void WorkerProcesses::stop_overdue() {
  for (auto& [ticket, worker] : workers_) {
    if (!worker.too_long && Clock::now() >= worker.deadline) {
      worker.too_long = true;
      stop(worker);
    }
  }
}

// The first process of a namespace takes everything with it; a keeper has to be asked.
void WorkerProcesses::stop(const Worker& worker) const {
  const int signo = options_.isolation == Isolation::kProcess ? SIGTERM : SIGKILL;
  syscall(SYS_pidfd_send_signal, worker.process.get(), signo, nullptr, 0);
}

void WorkerProcesses::stop_all() {
  for (const auto& [ticket, worker] : workers_) {
    stop(worker);
  }
  for (const auto& [ticket, worker] : workers_) {
    pollfd item{.fd = worker.process.get(), .events = POLLIN, .revents = 0};
    if (poll(&item, 1, kStopPatienceMs) != 1) {
      syscall(SYS_pidfd_send_signal, worker.process.get(), SIGKILL, nullptr, 0);
    }
    reap(worker);
  }
  workers_.clear();
  at_once_.clear();
}

// Its end status, as wait(2) has it.
int WorkerProcesses::reap(const Worker& worker) {
  siginfo_t info{};
  if (waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(worker.process.get()), &info,
             WEXITED) != 0) {
    return 0;
  }
  return info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : info.si_status;
}

Workers::Happening WorkerProcesses::collect(int ticket) {
  const auto found = workers_.find(ticket);
  const int status = reap(found->second);
  Happening happening{
      .what = What::kDone, .ticket = ticket, .outcome = outcome_of(found->second, status)};
  workers_.erase(found);
  return happening;
}

checks::Outcome WorkerProcesses::outcome_of(const Worker& worker, int status) const {
  std::optional<checks::Outcome> outcome = DecodeOutcome(Contents(worker.outcome.get()));
  if (outcome && outcome->id == worker.id) {
    return std::move(*outcome);
  }
  if (worker.too_long) {
    checks::Outcome late = Trouble(
        worker.id, checks::Verdict::kTimeout,
        fmt::format("it did not end within {} s; the server was stopped with it",
                    std::chrono::duration_cast<std::chrono::seconds>(options_.wall_limit).count()));
    late.expected = "the check ends";
    late.duration = options_.wall_limit;
    return late;
  }
  std::string actual = "the worker of this check ended without a verdict: " + DescribeEnd(status);
  if (const std::string log = Contents(worker.log.get(), kMostLog); !log.empty()) {
    actual += "; it wrote:\n" + log;
  }
  return Trouble(worker.id, checks::Verdict::kError, std::move(actual));
}

}  // namespace eagain::runner
