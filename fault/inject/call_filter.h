// CallFilter: the seccomp filter of a traced program. The calls it names stop for the tracer, all
// others run as if it were not there (the kernel keeps their answer in a bitmap). See seccomp(2),
// SECCOMP_RET_TRACE.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

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
  bool operator==(const FilteredCall&) const = default;
};

class CallFilter {
 public:
  // Calls made as another architecture are let through.
  explicit CallFilter(const std::vector<FilteredCall>& calls);
  ~CallFilter();
  CallFilter(const CallFilter&) = delete;
  CallFilter& operator=(const CallFilter&) = delete;

  // For this process and all that come of it, for ever; 0, or an errno. From then on the calls fail
  // with ENOSYS unless a tracer follows it.
  int install() const;

 private:
  void* context_;  // libseccomp's; null when it could not be made
};

}  // namespace eagain::fault
