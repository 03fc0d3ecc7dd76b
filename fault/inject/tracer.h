// Tracer: the ptrace loop. It follows every thread of a program through forks, execs, signals and
// stops, and hands each call that the seccomp filter lets it see to an Interceptor, as a Task. It
// knows nothing of plans.
//
// One thread; every traced thread waits only for itself. See ptrace(2).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "eagain/fault/inject/tracee.h"

namespace eagain::fault {

class Interceptor {
 public:
  using Clock = std::chrono::steady_clock;
  virtual ~Interceptor() = default;
  // At the stop before a call, its registers read. The task may run until the program goes on, or
  // wait for more stops of this thread.
  virtual Task<> on_call(Tracee& tracee) = 0;
  // The call that `fault` was decided for was interrupted, and failed with EINTR by itself.
  virtual void on_interrupted(const Fault& fault) = 0;
  // Whether on_idle() would do anything.
  virtual bool has_leftovers() const = 0;
  // There is nothing else to do at the moment.
  virtual void on_idle() = 0;
  // When on_due() is to be called, if at all.
  virtual std::optional<Clock::time_point> due() const { return std::nullopt; }
  virtual void on_due() {}
  // The first process is about to end; nobody knows yet. `others` are left.
  virtual void on_first_process_ends(bool others) = 0;
  // All have ended, or are going to be killed.
  virtual void on_all_ended() = 0;
};

class Tracer {
 public:
  explicit Tracer(Interceptor& interceptor) : interceptor_(interceptor) {}

  // Takes the program's first process, which runs and has one thread; 0, or an errno.
  int seize(pid_t pid);
  // Follows it until everything has ended.
  void run();

 private:
  using Clock = Interceptor::Clock;
  struct Alarm {
    Clock::time_point when;
    pid_t tid;
    bool operator>(const Alarm& other) const { return when > other.when; }
  };

  std::optional<std::pair<pid_t, int>> next_stop();
  std::optional<Clock::time_point> next_alarm() const;
  void wake_sleeper();
  void on_status(pid_t tid, int status);
  void on_end(pid_t tid, int status);
  void on_event(Tracee& tracee, int event, int signal);
  void on_call(Tracee& tracee);
  void on_call_stop(Tracee& tracee);
  void on_exec(Tracee& tracee);
  void note_interrupted(Tracee& tracee, int signal);
  void proceed(Tracee& tracee);
  void let_go(Tracee& tracee, int signal = 0);

  Tracee& tracee_of(pid_t tid);
  std::shared_ptr<Process> process_of(pid_t tid);

  Interceptor& interceptor_;
  pid_t first_ = 0;
  std::unordered_map<pid_t, std::unique_ptr<Tracee>> tracees_;
  std::unordered_map<pid_t, std::shared_ptr<Process>> processes_;
  std::priority_queue<Alarm, std::vector<Alarm>, std::greater<>> alarms_;
  bool started_ = false;  // the program's execve has succeeded: before, there is nothing to tell
  bool first_was_killed_ = false;
};

}  // namespace eagain::fault
