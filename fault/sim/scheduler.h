// Virtual time and the threads of control of a simulated program.
//
// A task is a fiber; the one who made the scheduler is a task too, on its own stack, so a program of
// one thread is simulated without any switch of stacks: while it waits, the events of the agenda
// happen on its stack, one after the other, until one of them wakes it. Exactly one task runs at a
// time, and it changes only inside wait() and breathe(): programs need no real locks, and hold none
// across a system call.
//
// Which of several runnable tasks goes on is drawn from the seeded source.
#pragma once

#include <boost/context/fiber.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "eagain/fault/sim/agenda.h"
#include "eagain/fault/sim/fiber_stacks.h"
#include "eagain/fault/sim/fiber_switch.h"
#include "eagain/fault/sim/random.h"

namespace eagain::sim {

// Thrown out of a system call to end a simulated program before its time (and not a std::exception,
// so that a program's own handlers let it through). While the stack unwinds, system calls work, but
// never wait.
struct SimulationOver {
  std::string why;
};

enum class Woken { kByChange, kByTime, kBySignal };

class Scheduler {
 public:
  explicit Scheduler(Random& random) : random_(random) { reset(0); }
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler() { end_others(); }

  // Everything anew, at time 0. Only when the caller is the only task. `switch_per_mille`: how
  // often a task that could go on lets another one go first.
  void reset(uint32_t switch_per_mille);

  Time now() const { return now_; }
  Agenda& agenda() { return agenda_; }
  // An event `delay` from now.
  void after(Time delay, EventTarget& target, uint32_t what) {
    agenda_.put(now_ + delay, target, what);
  }

  // To be called on entering every system call: it costs `cost`, what became due meanwhile happens,
  // and another task may get its turn. Throws SimulationOver once the simulation is ending.
  void breathe(Time cost);

  // Waits until somebody calls wake(channel), until `deadline`, or until a signal. A wake may be for
  // nothing: look, and wait again. kAnyChannel is woken by every wake. Throws SimulationOver if
  // nothing is left that could end the wait.
  Woken wait(const void* channel, Time deadline);
  void wake(const void* channel);
  // How often anything was woken, also while nobody waited.
  uint64_t wakes() const { return wakes_; }
  static const void* const kAnyChannel;
  static const void* const kNoChannel;

  // A new task, runnable, which ends when `body` returns.
  uint64_t spawn(std::function<void()> body);
  bool done(uint64_t task) const;
  // Waits until the task is done.
  void join(uint64_t task);
  // 0 is the task that made the scheduler.
  uint64_t current() const { return current_->id; }

  // A signal handler has run: the first task's wait, if it waits, ends with kBySignal.
  void interrupt();

  // From now on every system call of every task throws.
  void end(std::string why);
  bool ending() const { return ending_; }
  const std::string& end_reason() const { return end_reason_; }
  // Ends all tasks but the first, which must be the caller; it may go on.
  void end_others();

 private:
  // What the C++ runtime keeps per thread about exceptions in flight; each fiber needs its own.
  struct ExceptionState {
    void* caught = nullptr;
    unsigned int uncaught = 0;
  };
  struct Task {
    uint64_t id = 0;
    bool waiting = false;
    bool woken = false;
    bool timed_out = false;
    bool signalled = false;
    bool finished = false;
    const void* channel = nullptr;
    Time deadline = kNever;
    std::function<void()> body;
    boost::context::fiber context;
    ExceptionState exceptions;
    FiberSwitch stack;
  };

  bool runnable(const Task& task) const {
    return !task.finished && (!task.waiting || task.woken || ending_);
  }
  bool pass_time();
  void expire_deadlines();
  Task* choose_other();
  Task* choose_successor();
  void let_others_go_first();
  void switch_to(Task& next);
  void depart(Task& next, bool for_good);
  void arrive();
  boost::context::fiber run(Task& task, boost::context::fiber&& from);
  void forget_finished();
  Woken refuse_to_wait();

  Random& random_;
  Agenda agenda_;
  Time now_ = 0;
  uint32_t switch_per_mille_ = 0;
  uint32_t turns_ = 0;
  uint64_t next_id_ = 0;
  FiberStacks stacks_;
  std::vector<std::unique_ptr<Task>> tasks_;  // by age; the first is who made the scheduler
  Task* current_ = nullptr;
  Task* left_ = nullptr;  // who was running before the last switch
  uint32_t waiting_ = 0;
  uint64_t wakes_ = 0;
  bool ending_ = false;
  std::string end_reason_;
};

}  // namespace eagain::sim
