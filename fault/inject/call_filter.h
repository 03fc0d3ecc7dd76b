// CallFilter: the seccomp filter of a traced program. The calls it names stop for the tracer, all
// others run as if it were not there (the kernel keeps their answer in a bitmap). See seccomp(2),
// SECCOMP_RET_TRACE.
#pragma once

#include <cstdint>
#include <vector>

namespace eagain::fault {

class CallFilter {
 public:
  // Numbers of this architecture's calls. Calls made as another architecture are let through.
  explicit CallFilter(const std::vector<int64_t>& numbers);
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
