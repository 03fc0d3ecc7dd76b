#include "eagain/fault/inject/tracee.h"

#include <sys/ptrace.h>

#include <utility>

// Since Linux 3.11; libraries may be older.
#ifndef PTRACE_GETSIGMASK
#define PTRACE_GETSIGMASK static_cast<__ptrace_request>(0x420a)
#define PTRACE_SETSIGMASK static_cast<__ptrace_request>(0x420b)
#endif

namespace eagain::fault {

void Tracee::hold_signals() {
  uint64_t all = ~uint64_t{0};
  if (::ptrace(PTRACE_GETSIGMASK, tid, sizeof signals_held, &signals_held) == 0 &&
      ::ptrace(PTRACE_SETSIGMASK, tid, sizeof all, &all) == 0) {
    holds_signals = true;
  }
}

void Tracee::let_signals() {
  if (std::exchange(holds_signals, false)) {
    ::ptrace(PTRACE_SETSIGMASK, tid, sizeof signals_held, &signals_held);
  }
}

Task<int64_t> Tracee::make_call(int64_t number, uint64_t argument) {
  Registers changed = registers;
  changed.call_again(number);
  changed.set_argument(0, argument);
  changed.write(tid);
  enters_call = true;
  co_await after_call();
  co_return registers.result();
}

}  // namespace eagain::fault
