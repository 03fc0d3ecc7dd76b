#include "eagain/fault/inject/call_filter.h"

#include <seccomp.h>

#include <cerrno>

namespace eagain::fault {
namespace {

scmp_arg_cmp Comparison(const ArgumentTest& test) {
  constexpr uint64_t kInt = 0xffffffff;
  return test.is == ArgumentTest::Is::kEqual
             ? SCMP_CMP64(test.argument, SCMP_CMP_MASKED_EQ, kInt, test.value)
             : SCMP_CMP64(test.argument, SCMP_CMP_GT, test.value);
}

}  // namespace

CallFilter::CallFilter(const std::vector<FilteredCall>& calls)
    : context_(::seccomp_init(SCMP_ACT_ALLOW)) {
  if (context_ == nullptr) {
    return;
  }
  ::seccomp_attr_set(context_, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
  ::seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree: as cheap for the last
  for (const FilteredCall& call : calls) {
    const auto number = static_cast<int>(call.number);
    if (call.only) {
      ::seccomp_rule_add(context_, SCMP_ACT_TRACE(1), number, 1, Comparison(*call.only));
    } else {
      ::seccomp_rule_add(context_, SCMP_ACT_TRACE(1), number, 0);
    }
  }
}

CallFilter::~CallFilter() {
  if (context_ != nullptr) {
    ::seccomp_release(context_);
  }
}

int CallFilter::install() const { return context_ == nullptr ? ENOMEM : -::seccomp_load(context_); }

}  // namespace eagain::fault
