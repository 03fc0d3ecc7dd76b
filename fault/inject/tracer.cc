#include "eagain/fault/inject/tracer.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string>
#include <utility>

#include "eagain/fault/inject/own_descriptors.h"
#include "eagain/fault/inject/taken_descriptor.h"

namespace eagain::fault {
namespace {

constexpr unsigned long kOptions = PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC |
                                   PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD;
// A stop before the end of the first process: the log is whole before anybody knows of it.
constexpr unsigned long kFirstOptions = kOptions | PTRACE_O_TRACEEXIT;
constexpr int kCallStop = SIGTRAP | 0x80;

struct Relations {
  pid_t process = 0;
  pid_t parent = 0;
};

// What /proc/TID/status says.
Relations RelationsOf(pid_t tid) {
  Relations relations;
  std::ifstream status("/proc/" + std::to_string(tid) + "/status");
  std::string key;
  std::string line;
  while (status >> key) {
    if (key == "Tgid:") {
      status >> relations.process;
    } else if (key == "PPid:") {
      status >> relations.parent;
      break;
    }
    std::getline(status, line);
  }
  return relations;
}

// Of calls of one thread, of which the one has not returned.
bool IsOneCall(const Registers& a, const Registers& b) {
  return a.stack() == b.stack() && a.instruction() == b.instruction();
}

}  // namespace

int Tracer::seize(pid_t pid) {
  first_ = pid;
  if (::ptrace(PTRACE_SEIZE, pid, nullptr, kFirstOptions) != 0) {
    return errno;
  }
  tracee_of(pid);
  // Stops are waited for with a time limit when a thread sleeps: sigtimedwait(2) needs it blocked.
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  return 0;
}

void Tracer::run() {
  const std::jthread due([this](const std::stop_token& stop) { keep_due(stop); });
  Lock lock(mutex_);
  while (const auto stop = next_stop(lock)) {
    on_status(stop->first, stop->second);
    tell_due();
    if (first_was_killed_) {
      break;  // and the kernel kills the rest, once this process has ended
    }
  }
  if (started_) {
    interceptor_.on_all_ended();
  }
}

// False, at once, when that time has come.
bool Tracer::waited_for_stop(Clock::time_point until, Lock& lock) {
  const auto left = until - Clock::now();
  if (left.count() <= 0) {
    return false;
  }
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
  const timespec most{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  lock.unlock();
  ::sigtimedwait(&child, nullptr, &most);
  lock.lock();
  return true;
}

// Nothing when there is nobody left.
std::optional<std::pair<pid_t, int>> Tracer::next_stop(Lock& lock) {
  for (;;) {
    int status = 0;
    const bool something_else = interceptor_.has_leftovers() || !alarms_.empty();
    lock.unlock();
    const pid_t tid = ::waitpid(-1, &status, something_else ? __WALL | WNOHANG : __WALL);
    const int error = errno;
    lock.lock();
    if (tid > 0) {
      return std::pair(tid, status);
    }
    if (tid < 0 && error != EINTR) {
      return std::nullopt;
    }
    if (tid == 0) {
      interceptor_.on_idle();
      if (!alarms_.empty() && !waited_for_stop(alarms_.top().when, lock)) {
        wake_sleeper();
      }
    }
  }
}

void Tracer::serve(const HandedCalls& calls) {
  Lock lock(mutex_);
  for (;;) {
    if (interceptor_.has_leftovers() && !calls.any()) {
      interceptor_.on_idle();
    }
    lock.unlock();
    const auto call = calls.next();
    if (!call && calls.ended()) {
      return;
    }
    lock.lock();
    if (call) {
      on_handed_call(calls, *call);
    }
  }
}

void Tracer::on_handed_call(const HandedCalls& calls, const HandedCall& call) {
  const auto known = tracees_.find(call.tid);
  Tracee stranger;  // its first stop has not been seen yet
  if (known == tracees_.end()) {
    stranger.tid = call.tid;
    stranger.process = process_of(call.tid);
  }
  Tracee& tracee = known == tracees_.end() ? stranger : *known->second;
  tracee.registers = call.registers;
  calls.answer(call, interceptor_.on_handed_call(tracee));
  tell_due();
}

void Tracer::keep_due(const std::stop_token& stop) {
  Lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto due = interceptor_.due();
    keeps_due_ = due.has_value();
    if (!due) {
      due_changed_.wait(lock, stop, [this] { return interceptor_.due().has_value(); });
    } else if (*due > Clock::now()) {
      due_changed_.wait_until(lock, stop, *due, [] { return false; });
    } else {
      interceptor_.on_due();
    }
  }
}

void Tracer::tell_due() {
  if (!keeps_due_ && interceptor_.due()) {
    keeps_due_ = true;
    due_changed_.notify_one();
  }
}

// Lets the first go on whose time has come, if there is one.
void Tracer::wake_sleeper() {
  if (alarms_.empty() || alarms_.top().when > Clock::now()) {
    return;
  }
  const pid_t tid = alarms_.top().tid;
  alarms_.pop();
  const auto found = tracees_.find(tid);
  if (found != tracees_.end() && found->second->next == Tracee::Next::kStay &&
      found->second->wake <= Clock::now()) {
    proceed(*found->second);
  }
}

std::shared_ptr<Process> Tracer::process_of(pid_t tid) {
  const Relations relations = RelationsOf(tid);
  const pid_t pid = relations.process != 0 ? relations.process : tid;
  std::shared_ptr<Process>& process = processes_[pid];
  if (!process) {
    process = std::make_shared<Process>();
    process->pid = pid;
    process->handle = std::make_shared<const UniqueFd>(MoveToTop(OpenProcess(pid)));
    if (const auto parent = processes_.find(relations.parent); parent != processes_.end()) {
      process->signals = parent->second->signals;
    }
  }
  return process;
}

Tracee& Tracer::tracee_of(pid_t tid) {
  std::unique_ptr<Tracee>& tracee = tracees_[tid];
  if (!tracee) {
    tracee = std::make_unique<Tracee>();
    tracee->tid = tid;
    tracee->process = process_of(tid);
    if (tid != first_) {
      ::ptrace(PTRACE_SETOPTIONS, tid, nullptr, kOptions);  // not the stop before the end
    }
  }
  return *tracee;
}

void Tracer::on_status(pid_t tid, int status) {
  if (WIFEXITED(status) || WIFSIGNALED(status)) {
    on_end(tid, status);
    return;
  }
  Tracee& tracee = tracee_of(tid);
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  if (event != 0) {
    on_event(tracee, event, signal);
  } else if (signal == kCallStop) {
    on_call_stop(tracee);
  } else {
    note_interrupted(tracee, signal);
    let_go(tracee, signal);
  }
}

void Tracer::on_end(pid_t tid, int status) {
  tracees_.erase(tid);
  // Of a process it is the leader whose end comes last.
  processes_.erase(tid);
  if (tid == first_ && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
    first_was_killed_ = true;
  }
}

void Tracer::on_event(Tracee& tracee, int event, int signal) {
  switch (event) {
    case PTRACE_EVENT_SECCOMP:
      on_call(tracee);
      return;
    case PTRACE_EVENT_EXEC:
      on_exec(tracee);
      break;
    case PTRACE_EVENT_EXIT:
      if (started_) {
        interceptor_.on_first_process_ends(processes_.size() > 1);
      }
      break;
    case PTRACE_EVENT_STOP:
      if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
        note_interrupted(tracee, 0);
        ::ptrace(PTRACE_LISTEN, tracee.tid, nullptr, nullptr);
        return;
      }
      break;
    default:
      break;  // a clone, fork or vfork: the new one reports itself
  }
  let_go(tracee);
}

// A thread that is not the leader becomes it, under its number; all the others are gone.
void Tracer::on_exec(Tracee& tracee) {
  unsigned long former = 0;
  ::ptrace(PTRACE_GETEVENTMSG, tracee.tid, nullptr, &former);
  if (static_cast<pid_t>(former) != tracee.tid) {
    tracees_.erase(static_cast<pid_t>(former));
  }
  started_ = true;
  tracee.task.reset();
  tracee.waiting = {};
  tracee.interrupted.clear();
  tracee.process->signals.exec();
  tracee.process->memory.reset();
}

void Tracer::on_call(Tracee& tracee) {
  if (!tracee.task.done()) {
    let_go(tracee);  // a call of the injector's own making
    return;
  }
  if (!tracee.registers.read(tracee.tid)) {
    return;
  }
  tracee.next = Tracee::Next::kRun;
  tracee.task = interceptor_.on_call(tracee);
  tracee.task.start();
  let_go(tracee);
}

void Tracer::on_call_stop(Tracee& tracee) {
  if (std::exchange(tracee.enters_call, false) || tracee.task.done()) {
    let_go(tracee);
    return;
  }
  tracee.registers.read(tracee.tid);
  proceed(tracee);
}

void Tracer::proceed(Tracee& tracee) {
  tracee.next = Tracee::Next::kRun;
  std::exchange(tracee.waiting, {}).resume();
  let_go(tracee);
}

void Tracer::let_go(Tracee& tracee, int signal) {
  if (tracee.task.done()) {
    tracee.task.reset();
    tracee.next = Tracee::Next::kRun;
  }
  switch (tracee.next) {
    case Tracee::Next::kStay:
      alarms_.push({tracee.wake, tracee.tid});
      return;
    case Tracee::Next::kToNextCallStop:
      ::ptrace(PTRACE_SYSCALL, tracee.tid, nullptr, static_cast<long>(signal));
      return;
    case Tracee::Next::kRun:
      ::ptrace(PTRACE_CONT, tracee.tid, nullptr, static_cast<long>(signal));
      return;
  }
}

// The thread is about to handle a signal, or to stop. If that cuts a call short which the kernel makes
// again, the call is going to be seen a second time.
void Tracer::note_interrupted(Tracee& tracee, int signal) {
  constexpr size_t kDeepest = 8;  // handlers within handlers
  Registers now;
  if (!now.read(tracee.tid) || now.number() < 0 || !SignalActions::Interrupted(now.result())) {
    return;
  }
  const bool seen = SameRequest(tracee.registers, now);  // or it had yet to be handed over
  const Registers last = std::exchange(tracee.registers, now);
  if (interceptor_.never_waits(tracee)) {
    now.set_result(SignalActions::kMadeAgain);  // whatever becomes of the signal
    now.write(tracee.tid);
  }
  tracee.registers = last;
  std::vector<Interrupted>& interrupted = tracee.interrupted;
  const bool known = !interrupted.empty() && IsOneCall(interrupted.back().registers, now);
  if (!tracee.process->signals.restarts(now.result(), signal)) {
    // The program is told EINTR: if it makes the call again, that is another one.
    if (known) {
      if (interrupted.back().fault) {
        interceptor_.on_interrupted(*interrupted.back().fault);
      }
      interrupted.pop_back();
    }
    return;
  }
  if (known || !seen) {
    return;  // it waited for the return, or this is a stop after the signal that brought it
  }
  if (interrupted.size() == kDeepest) {
    interrupted.erase(interrupted.begin());
  }
  interrupted.push_back({now, std::nullopt});
}

}  // namespace eagain::fault
