#include "eagain/runner/keeper.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <ctime>
#include <optional>

#include "eagain/driver/proc_stats.h"

namespace eagain::runner {
namespace {

constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};
constexpr int kMostRounds = 10'000;

// Reaps whatever has ended. The status of `worker`, if it was among it.
std::optional<int> Reap(pid_t worker) {
  std::optional<int> of_worker;
  int status = 0;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == worker) {
      of_worker = status;
    }
  }
  return of_worker;
}

// A process that forks while we look is found in the next round: its children come to us when it
// dies. So this ends unless they fork faster than we kill; then the rounds do.
void KillAll() {
  for (int round = 0; round < kMostRounds; ++round) {
    for (const pid_t pid : driver::ProcessTree(getpid())) {
      if (pid != getpid()) {
        kill(pid, SIGKILL);
      }
    }
    if (waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) {
      return;
    }
    nanosleep(&kPause, nullptr);
  }
}

[[noreturn]] void EndLike(int status) {
  if (WIFSIGNALED(status)) {
    const rlimit no_core{};
    setrlimit(RLIMIT_CORE, &no_core);
    const int signo = WTERMSIG(status);
    struct sigaction by_default {};
    by_default.sa_handler = SIG_DFL;
    sigaction(signo, &by_default, nullptr);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signo);
    sigprocmask(SIG_UNBLOCK, &only, nullptr);
    kill(getpid(), signo);
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
}

}  // namespace

void BecomeKeeper() {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  sigaddset(&awaited, SIGTERM);
  sigprocmask(SIG_BLOCK, &awaited, nullptr);
  const pid_t keeper = getpid();
  const pid_t worker = fork();
  if (worker == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper) {
      _exit(3);
    }
    return;
  }
  if (worker < 0) {
    std::perror("cannot make a process");
    _exit(3);
  }
  int status = 0;
  for (bool over = false; !over;) {
    const int signo = sigwaitinfo(&awaited, nullptr);
    const std::optional<int> ended = Reap(worker);
    over = ended.has_value() || signo == SIGTERM;
    status = ended.value_or(SIGTERM);
  }
  KillAll();
  EndLike(status);
}

}  // namespace eagain::runner
