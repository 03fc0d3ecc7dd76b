// Tracer: the ptrace loop. It follows every thread of a program through forks, execs, signals and
// stops, and hands each call that the seccomp filter lets it see to an Interceptor, as a Task. It
// knows nothing of plans.
//
// Every traced thread waits only for itself. Calls that are handed over (handed_calls.h) are served by a
// second thread, since stops and they cannot be waited for at once, and what is due at some time by a
// third. Only one of them does anything at a time. See ptrace(2).
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <stop_token>
#include <thread>
#include <unordered_map>
#include <vector>

#include "eagain/fault/inject/handed_calls.h"
#include "eagain/fault/inject/tracee.h"

namespace eagain::fault {

class Interceptor {
 public:
  using Clock = std::chrono::steady_clock;
  virtual ~Interceptor() = default;
  // At the stop before a call, its registers read. The task may run until the program goes on, or
  // wait for more stops of this thread.
  virtual Task<> on_call(Tracee& tracee) = 0;
  // Of a call that was handed over: what it returns, or nothing for the kernel to make it. Only the
  // number and the arguments are among the registers.
  virtual std::optional<int64_t> on_handed_call(Tracee& tracee) = 0;
  // Whether a call that a signal has interrupted had nothing to wait for but being handed over: no signal
  // would have met it elsewhere.
  virtual bool never_waits(const Tracee& tracee) = 0;
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
  // In another thread: the calls that are handed over, until nobody is left who could make one.
  void serve(const HandedCalls& calls);

 private:
  using Clock = Interceptor::Clock;
  struct Alarm {
    Clock::time_point when;
    pid_t tid;
    bool operator>(const Alarm& other) const { return when > other.when; }
  };

  using Lock = std::unique_lock<std::mutex>;

  std::optional<std::pair<pid_t, int>> next_stop(Lock& lock);
  static bool waited_for_stop(Clock::time_point until, Lock& lock);
  void on_handed_call(const HandedCalls& calls, const HandedCall& call);
  void keep_due(const std::stop_token& stop);
  void tell_due();
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

  std::mutex mutex_;  // held but while a thread waits; guards the following, and the interceptor
  Interceptor& interceptor_;
  pid_t first_ = 0;
  std::unordered_map<pid_t, std::unique_ptr<Tracee>> tracees_;
  std::unordered_map<pid_t, std::shared_ptr<Process>> processes_;
  std::priority_queue<Alarm, std::vector<Alarm>, std::greater<>> alarms_;
  bool started_ = false;  // the program's execve has succeeded: before, there is nothing to tell
  bool first_was_killed_ = false;
  std::condition_variable_any due_changed_;  // from nothing to something
  bool keeps_due_ = false;                   // whoever waits for that knows of it
};

}  // namespace eagain::fault
