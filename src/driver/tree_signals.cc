#include "eagain/driver/tree_signals.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "eagain/driver/failure.h"
#include "eagain/driver/proc_files.h"
#include "eagain/driver/proc_stats.h"
#include "eagain/driver/process_tree.h"

namespace eagain::driver {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kMost{30};
constexpr std::chrono::microseconds kPause{300};

enum class Stop { kNo, kAlmost, kYes };

// Whether every thread of a process is stopped. kAlmost: those that are not are in a sleep that
// signals do not end.
Stop StopOf(pid_t pid) {
  const std::string task = "/proc/" + std::to_string(pid) + "/task";
  Stop stop = Stop::kYes;
  for (const int tid : NumbersIn(task)) {
    const auto stat = ReadStat(task + "/" + std::to_string(tid));
    if (!stat || stat->state == 'T' || stat->state == 't' || stat->state == 'Z' ||
        stat->state == 'X') {
      continue;
    }
    if (stat->state != 'D') {
      return Stop::kNo;
    }
    stop = Stop::kAlmost;
  }
  return stop;
}

}  // namespace

std::vector<pid_t> FreezeTree(pid_t root) {
  const auto end = Clock::now() + kMost;
  std::vector<pid_t> before;
  int almost = 0;
  while (Clock::now() < end) {
    // The parents come first in the list: a stopped parent starts no more children.
    const auto tree = ProcessTree(root);
    bool all = true;
    bool some_almost = false;
    for (const pid_t pid : tree) {
      const Stop stop = StopOf(pid);
      all = all && stop != Stop::kNo;
      some_almost = some_almost || stop == Stop::kAlmost;
      if (stop != Stop::kYes) {
        ::kill(pid, SIGSTOP);
      }
    }
    // The parent of a vfork(2) sleeps like one that reads a disk, until its child execs: it is
    // stopped as well as can be if it stays like that.
    constexpr int kLongEnough = 100;
    almost = some_almost ? almost + 1 : 0;
    if (all && tree == before && (almost == 0 || almost > kLongEnough)) {
      return tree;
    }
    const bool wait = !all || some_almost;
    before = all ? tree : std::vector<pid_t>{};
    if (wait) {
      std::this_thread::sleep_for(kPause);
    }
  }
  throw HarnessError("the server's processes could not be stopped with SIGSTOP within 30 s");
}

void ThawTree(pid_t root) {
  for (const pid_t pid : ProcessTree(root)) {
    ::kill(pid, SIGCONT);
  }
}

void KillTree(pid_t root) {
  const auto end = Clock::now() + kMost;
  int empty_looks = 0;
  while (Clock::now() < end) {
    bool left = false;
    for (const pid_t pid : ProcessTree(root)) {
      const auto stat = ReadStat("/proc/" + std::to_string(pid));
      if (stat && stat->state != 'Z' && stat->state != 'X') {
        ::kill(pid, SIGKILL);
        left = true;
      } else if (pid != root) {
        left = left || stat.has_value();  // a zombie: its parent takes it, or the next look
      }
    }
    // A process whose parent ends just now may be missed by one look.
    empty_looks = left ? 0 : empty_looks + 1;
    if (empty_looks == 3) {
      return;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace eagain::driver
