#ifdef __x86_64__
#include <sys/ptrace.h>

#include <array>
#include <cassert>

#include "eagain/fault/inject/registers.h"

namespace eagain::fault {
namespace {

using Register = decltype(user_regs_struct::rdi) user_regs_struct::*;
constexpr std::array<Register, Registers::kArguments> kArgumentRegisters = {
    &user_regs_struct::rdi, &user_regs_struct::rsi, &user_regs_struct::rdx,
    &user_regs_struct::r10, &user_regs_struct::r8,  &user_regs_struct::r9};
constexpr uint64_t kCallInstructionBytes = 2;  // "syscall" is 0f 05

}  // namespace

const char* const kArchitecture = "x86-64";

bool Registers::read(pid_t tid) { return ::ptrace(PTRACE_GETREGS, tid, nullptr, &raw_) == 0; }
bool Registers::write(pid_t tid) const {
  return ::ptrace(PTRACE_SETREGS, tid, nullptr, &raw_) == 0;
}

int64_t Registers::number() const { return static_cast<int64_t>(raw_.orig_rax); }
void Registers::set_number(int64_t number) { raw_.orig_rax = static_cast<uint64_t>(number); }

uint64_t Registers::argument(int index) const {
  return raw_.*kArgumentRegisters.at(static_cast<size_t>(index));
}
void Registers::set_argument(int index, uint64_t value) {
  raw_.*kArgumentRegisters.at(static_cast<size_t>(index)) = value;
}

int64_t Registers::result() const { return static_cast<int64_t>(raw_.rax); }
void Registers::set_result(int64_t value) { raw_.rax = static_cast<uint64_t>(value); }

uint64_t Registers::instruction() const { return raw_.rip; }
uint64_t Registers::stack() const { return raw_.rsp; }

void Registers::call_again(int64_t number) {
  raw_.rip -= kCallInstructionBytes;
  raw_.rax = static_cast<uint64_t>(number);
}

}  // namespace eagain::fault
#endif
