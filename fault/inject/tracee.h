// A thread of the program, as its tracer knows it, and what a Task can wait for there.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "eagain/fault/inject/registers.h"
#include "eagain/fault/inject/signal_actions.h"
#include "eagain/fault/inject/sockets.h"
#include "eagain/fault/inject/task.h"
#include "eagain/fault/plan/plan_run.h"

namespace eagain::fault {

struct Process {
  pid_t pid = 0;
  ProcessHandle handle;  // never null; may hold nothing
  SignalActions signals;
  UniqueFd memory;  // of the program it runs (program_memory.h), once there was a use for it
};

// A call that a signal or a stop interrupted and that the kernel will make again: it is the same
// call, so that no rule counts it a second time, and what was decided for it still holds.
struct Interrupted {
  Registers registers;  // as at the stop before the call
  std::optional<Fault> fault;
};

struct Tracee {
  // What the kernel does with the thread when the tracer has done what there was to do.
  enum class Next : uint8_t { kRun, kToNextCallStop, kStay };

  pid_t tid = 0;
  std::shared_ptr<Process> process;

  Registers registers;  // as they were read at the last stop

  Task<> task;  // what is being done about the call it is in
  std::coroutine_handle<> waiting;
  Next next = Next::kRun;
  std::chrono::steady_clock::time_point wake{};  // with kStay
  bool enters_call = false;                      // the next stop is before the call of make_call()
  uint64_t signals_held = 0;                     // the mask to put back; see hold_signals()
  bool holds_signals = false;

  std::vector<Interrupted> interrupted;  // the innermost last

  // To be awaited. The call that the thread stands before is made, with the registers as they are; the
  // registers are read again when it has returned. Signals wait until then.
  auto after_call();
  // The thread stays where it is for so long.
  auto after(std::chrono::microseconds duration);

  // Makes another call, of one argument, in the thread, which stands after one: the program does not
  // know. To be
  // called between hold_signals() and let_signals(). Answers what it returned.
  Task<int64_t> make_call(int64_t number, uint64_t argument);
  // While they are held, no handler can run in the thread.
  void hold_signals();
  void let_signals();
};

namespace detail {

struct WaitAtTracee {
  Tracee& tracee;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) const noexcept { tracee.waiting = handle; }
  void await_resume() const noexcept {}
};

}  // namespace detail

inline auto Tracee::after_call() {
  next = Next::kToNextCallStop;
  return detail::WaitAtTracee{*this};
}

inline auto Tracee::after(std::chrono::microseconds duration) {
  next = Next::kStay;
  wake = std::chrono::steady_clock::now() + duration;
  return detail::WaitAtTracee{*this};
}

}  // namespace eagain::fault
