#include "eagain/runner/process_pool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <map>

#include "eagain/runner/spare_slots.h"
#include "eagain/sys/sys_error.h"

namespace eagain::runner {
namespace {

using Clock = std::chrono::steady_clock;

std::string Duration(std::chrono::duration<double> time) {
  const double seconds = time.count();
  if (seconds < 90) {
    return fmt::format("{:.0f} s", seconds);
  }
  return seconds < 5400 ? fmt::format("{:.0f} min", seconds / 60)
                        : fmt::format("{:.1f} h", seconds / 3600);
}

std::string HowItEnded(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("killed by signal {}", WTERMSIG(status));
  }
  switch (WEXITSTATUS(status)) {
    case 0:
      return "conforms";
    case 1:
      return "does not conform";
    case 4:
      return "flaky";
    default:
      return fmt::format("not graded, see its log (exit status {})", WEXITSTATUS(status));
  }
}

class Pool {
 public:
  Pool(const std::vector<Task>& tasks, int jobs, std::ostream& out)
      : tasks_(tasks), jobs_(static_cast<size_t>(jobs)), out_(out) {
    if (spare_slots_ < 0) {
      throw SysError("cannot make a counter for the tasks", errno);
    }
    sigemptyset(&signals_);
    for (const int signo : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
      sigaddset(&signals_, signo);
    }
    sigprocmask(SIG_BLOCK, &signals_, &mask_before_);
  }
  ~Pool() {
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    close(spare_slots_);
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  bool run() {
    while (!running_.empty() || (!stopped_ && next_ < tasks_.size())) {
      while (!stopped_ && next_ < tasks_.size() && running_.size() < jobs_) {
        start(tasks_[next_++]);
      }
      lend_slots();
      const int signo = sigwaitinfo(&signals_, nullptr);
      if (signo > 0 && signo != SIGCHLD) {
        stop();
      }
      reap();
    }
    return !stopped_;
  }

 private:
  void start(const Task& task);
  [[noreturn]] void become(const Task& task, pid_t parent) const;
  void lend_slots();
  void stop();
  void reap();

  const std::vector<Task>& tasks_;
  size_t jobs_;
  size_t lent_ = 0;  // slots, for good
  std::ostream& out_;
  sigset_t signals_;
  sigset_t mask_before_;
  int spare_slots_ = MakeSpareSlots();
  std::map<pid_t, const Task*> running_;
  size_t next_ = 0;
  size_t done_ = 0;
  bool stopped_ = false;
  Clock::time_point begin_ = Clock::now();
};

void Pool::become(const Task& task, pid_t parent) const {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  const int log = open(task.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (getppid() != parent || log < 0 || null < 0 || chdir(task.folder.c_str()) != 0) {
    _exit(3);
  }
  setpgid(0, 0);  // the terminal's Ctrl-C is for us, and we pass it on
  dup2(null, 0);
  dup2(log, 1);
  dup2(log, 2);
  if (spare_slots_ != kSpareSlotsFd) {
    dup2(spare_slots_, kSpareSlotsFd);
    close(spare_slots_);
  }
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  std::vector<char*> argv;
  for (const std::string& word : task.argv) {
    argv.push_back(const_cast<char*>(word.c_str()));
  }
  argv.push_back(nullptr);
  execv("/proc/self/exe", argv.data());
  _exit(3);
}

void Pool::start(const Task& task) {
  out_ << std::flush;
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    become(task, parent);
  }
  if (pid > 0) {
    running_[pid] = &task;
  } else {
    out_ << fmt::format("{}: no process can be made (errno {})\n", task.name, errno);
    ++done_;
  }
}

// Once there is nothing left to start, those that run may use all slots.
void Pool::lend_slots() {
  if (next_ == tasks_.size() && running_.size() + lent_ < jobs_) {
    const size_t free = jobs_ - running_.size() - lent_;
    AddSpareSlots(spare_slots_, static_cast<int>(free));
    lent_ += free;
  }
}

void Pool::stop() {
  stopped_ = true;
  for (const auto& [pid, task] : running_) {
    kill(pid, SIGTERM);
  }
}

void Pool::reap() {
  int status = 0;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto found = running_.find(pid);
    if (found == running_.end()) {
      continue;
    }
    ++done_;
    std::string left;
    if (!stopped_ && done_ < tasks_.size()) {
      const std::chrono::duration<double> spent = Clock::now() - begin_;
      left = ", about " +
             Duration(spent / static_cast<double>(done_) *
                      static_cast<double>(tasks_.size() - done_)) +
             " left";
    }
    out_ << fmt::format("[{} of {}{}] {}: {}\n", done_, tasks_.size(), left, found->second->name,
                        stopped_ && WEXITSTATUS(status) == 3 ? "interrupted" : HowItEnded(status))
         << std::flush;
    running_.erase(found);
  }
}

}  // namespace

bool RunTasks(const std::vector<Task>& tasks, int jobs, std::ostream& out) {
  return Pool(tasks, jobs, out).run();
}

}  // namespace eagain::runner
