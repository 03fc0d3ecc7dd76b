// The registers of a stopped thread, as far as system calls go: the one place that knows the
// architecture. registers_x86_64.cc and registers_aarch64.cc say how; elsewhere kArchitecture is
// null, and the injector refuses to start.
//
// See ptrace(2) PTRACE_GETREGSET, syscall(2) "Architecture calling conventions".
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>

namespace eagain::fault {

// "x86-64"; null where the injector does not work.
extern const char* const kArchitecture;

class Registers {
 public:
  static constexpr int kArguments = 6;

  // False when the thread is gone (it was killed).
  bool read(pid_t tid);
  bool write(pid_t tid) const;

  // At a stop before the call; -1 makes the kernel skip it.
  int64_t number() const;
  void set_number(int64_t number);
  uint64_t argument(int index) const;
  void set_argument(int index, uint64_t value);

  // At a stop after the call, or together with set_number(-1): what the program is told.
  int64_t result() const;
  void set_result(int64_t value);

  uint64_t instruction() const;
  uint64_t stack() const;

  // At a stop after a call: the thread makes this one before it goes on.
  void call_again(int64_t number);

 private:
#if defined(__x86_64__) || defined(__aarch64__)
  user_regs_struct raw_{};
#endif
#ifndef __x86_64__
  int64_t number_ = -1;  // there it is among the raw ones
#endif
};

// Whether both ask for the same, wherever the thread stands.
inline bool SameRequest(const Registers& a, const Registers& b) {
  if (a.number() != b.number()) {
    return false;
  }
  for (int i = 0; i < Registers::kArguments; ++i) {
    if (a.argument(i) != b.argument(i)) {
      return false;
    }
  }
  return true;
}

}  // namespace eagain::fault
