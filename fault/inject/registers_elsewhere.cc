#if !defined(__x86_64__) && !defined(__aarch64__)
#include "eagain/fault/inject/registers.h"

namespace eagain::fault {

const char* const kArchitecture = nullptr;

bool Registers::read(pid_t) { return false; }
bool Registers::write(pid_t) const { return false; }
int64_t Registers::number() const { return number_; }
void Registers::set_number(int64_t number) { number_ = number; }
uint64_t Registers::argument(int) const { return 0; }
void Registers::set_argument(int, uint64_t) {}
int64_t Registers::result() const { return 0; }
void Registers::set_result(int64_t) {}
uint64_t Registers::instruction() const { return 0; }
uint64_t Registers::stack() const { return 0; }
void Registers::call_again(int64_t) {}

}  // namespace eagain::fault
#endif
