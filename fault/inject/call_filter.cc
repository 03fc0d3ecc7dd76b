#include "eagain/fault/inject/call_filter.h"

#include <seccomp.h>

#include <cerrno>

namespace eagain::fault {

CallFilter::CallFilter(const std::vector<int64_t>& numbers)
    : context_(::seccomp_init(SCMP_ACT_ALLOW)) {
  if (context_ == nullptr) {
    return;
  }
  ::seccomp_attr_set(context_, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
  ::seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree: as cheap for the last
  for (const int64_t number : numbers) {
    ::seccomp_rule_add(context_, SCMP_ACT_TRACE(1), static_cast<int>(number), 0);
  }
}

CallFilter::~CallFilter() {
  if (context_ != nullptr) {
    ::seccomp_release(context_);
  }
}

int CallFilter::install() const { return context_ == nullptr ? ENOMEM : -::seccomp_load(context_); }

}  // namespace eagain::fault
