// CallFilter: the seccomp filter of a traced program. The calls it names stop for the tracer or are
// handed over, all others run as if it were not there (the kernel keeps their answer in a bitmap). See
// seccomp(2), SECCOMP_RET_TRACE and SECCOMP_RET_USER_NOTIF.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "eagain/sys/unique_fd.h"

namespace eagain::fault {

// What the filter looks at besides the number: it can compare what is in registers.
struct ArgumentTest {
  enum class Is : uint8_t {
    kEqual,  // of the lower 32 bits: the argument is an int
    kAbove,  // of all 64
  };
  unsigned argument = 0;
  Is is = Is::kEqual;
  uint64_t value = 0;
  bool operator==(const ArgumentTest&) const = default;
};

struct FilteredCall {
  int64_t number = -1;                    // of this architecture's calls
  std::optional<ArgumentTest> only = {};  // stops no others
  // To be answered by a listener, without a stop (handed_calls.h); where the kernel has no such thing, it
  // stops as the others do.
  bool handed_over = false;
  bool operator==(const FilteredCall&) const = default;
};

class CallFilter {
 public:
  // Calls made as another architecture are let through.
  explicit CallFilter(std::vector<FilteredCall> calls) : calls_(std::move(calls)) {}

  // For this process and all that come of it, for ever; 0, or an errno. From then on the calls fail
  // with ENOSYS unless a tracer follows it.
  int install() const;
  // The same, and what the calls that are handed over are to be read from. Empty, and nothing is
  // installed, where none is, where the kernel has no such thing, or where a listener is there already (one
  // is all it allows).
  UniqueFd install_with_listener() const;

 private:
  std::vector<FilteredCall> calls_;
};

}  // namespace eagain::fault
