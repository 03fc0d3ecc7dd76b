// Which system calls of this architecture are which calls of a plan, and what else the injector has
// to see.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "eagain/fault/plan/call.h"

namespace eagain::fault {

// What a system call is to the injector.
struct Syscall {
  enum class Use : uint8_t { kCall, kSigaction, kRingSetup, kOutOfReach };
  std::string_view name;
  Use use = Use::kCall;
  Call call = Call::kRead;  // with kCall; of recvfrom and sendto: kRecvfrom, kSendto
};

// Nothing for a call that is of no interest.
const Syscall* SyscallNumbered(int64_t number);
// -1 where this architecture has none of the name.
int64_t NumberOf(std::string_view name);

// Those that this architecture has, in the order of their numbers.
std::vector<std::pair<int64_t, const Syscall*>> AllSyscalls();

}  // namespace eagain::fault
