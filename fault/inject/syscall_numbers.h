// Which system calls of this architecture are which calls of a plan, and what else the injector has
// to see.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
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

// The numbers that the filter has to stop at, so that these calls can be seen and told apart.
std::vector<int64_t> NumbersToTrace(CallSet calls);

}  // namespace eagain::fault
