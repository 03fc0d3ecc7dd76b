#ifdef __aarch64__
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "eagain/fault/inject/registers.h"

namespace eagain::fault {
namespace {

#ifndef NT_ARM_SYSTEM_CALL
constexpr int NT_ARM_SYSTEM_CALL = 0x404;
#endif
constexpr size_t kNumberRegister = 8;
constexpr uint64_t kCallInstructionBytes = 4;  // "svc #0"

}  // namespace

const char* const kArchitecture = "aarch64";

bool Registers::read(pid_t tid) {
  iovec all{&raw_, sizeof raw_};
  if (::ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) != 0) {
    return false;
  }
  int number = -1;
  iovec one{&number, sizeof number};
  const bool known = ::ptrace(PTRACE_GETREGSET, tid, NT_ARM_SYSTEM_CALL, &one) == 0;
  number_ = number;
  return known;
}

bool Registers::write(pid_t tid) const {
  auto raw = raw_;
  iovec all{&raw, sizeof raw};
  int number = static_cast<int>(number_);
  iovec one{&number, sizeof number};
  return ::ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all) == 0 &&
         ::ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &one) == 0;
}

int64_t Registers::number() const { return number_; }
void Registers::set_number(int64_t number) { number_ = number; }

uint64_t Registers::argument(int index) const { return raw_.regs[static_cast<size_t>(index)]; }
void Registers::set_argument(int index, uint64_t value) {
  raw_.regs[static_cast<size_t>(index)] = value;
}

// The first argument and the result share a register.
int64_t Registers::result() const { return static_cast<int64_t>(raw_.regs[0]); }
void Registers::set_result(int64_t value) { raw_.regs[0] = static_cast<uint64_t>(value); }

uint64_t Registers::instruction() const { return raw_.pc; }
uint64_t Registers::stack() const { return raw_.sp; }

void Registers::call_again(int64_t number) {
  raw_.pc -= kCallInstructionBytes;
  raw_.regs[kNumberRegister] = static_cast<uint64_t>(number);
  number_ = number;
}

}  // namespace eagain::fault
#endif
