#include "eagain/fault/inject/call_filter.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "eagain/fault/inject/taken_descriptor.h"

namespace eagain::fault {
namespace {

struct Release {
  void operator()(void* context) const { ::seccomp_release(context); }
};
using Context = std::unique_ptr<void, Release>;

scmp_arg_cmp Comparison(const ArgumentTest& test) {
  constexpr uint64_t kInt = 0xffffffff;
  return test.is == ArgumentTest::Is::kEqual
             ? SCMP_CMP64(test.argument, SCMP_CMP_MASKED_EQ, kInt, test.value)
             : SCMP_CMP64(test.argument, SCMP_CMP_GT, test.value, 0);
}

// Null when it cannot be made.
Context MakeContext(const std::vector<FilteredCall>& calls, uint32_t handed_over) {
  Context context(::seccomp_init(SCMP_ACT_ALLOW));
  if (!context) {
    return context;
  }
  ::seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
  ::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree: as cheap for the last
  for (const FilteredCall& call : calls) {
    const auto number = static_cast<int>(call.number);
    const uint32_t action = call.handed_over ? handed_over : SCMP_ACT_TRACE(1);
    const int error =
        call.only ? ::seccomp_rule_add(context.get(), action, number, 1, Comparison(*call.only))
                  : ::seccomp_rule_add(context.get(), action, number, 0);
    if (error != 0) {
      return nullptr;
    }
  }
  return context;
}

// As the kernel reads it; empty when it cannot be made.
std::vector<sock_filter> Program(const Context& context) {
  const UniqueFd file = Own(::memfd_create("filter", MFD_CLOEXEC));
  if (!context || !file || ::seccomp_export_bpf(context.get(), file.get()) != 0) {
    return {};
  }
  const off_t size = ::lseek(file.get(), 0, SEEK_END);
  std::vector<sock_filter> program(static_cast<size_t>(size) / sizeof(sock_filter));
  return ::pread(file.get(), program.data(), static_cast<size_t>(size), 0) == size
             ? program
             : std::vector<sock_filter>();
}

}  // namespace

int CallFilter::install() const {
  const Context context = MakeContext(calls_, SCMP_ACT_TRACE(1));
  return context ? -::seccomp_load(context.get()) : ENOMEM;
}

UniqueFd CallFilter::install_with_listener() const {
  if (std::none_of(calls_.begin(), calls_.end(),
                   [](const auto& call) { return call.handed_over; })) {
    return {};
  }
  std::vector<sock_filter> program = Program(MakeContext(calls_, SCMP_ACT_NOTIFY));
  const sock_fprog all{.len = static_cast<unsigned short>(program.size()),
                       .filter = program.data()};
  if (program.empty() || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return {};
  }
  // libseccomp 2.5 does not know the second flag. With it a call that has been handed over waits for its
  // answer whatever signal comes.
  return Own(static_cast<int>(
      ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &all)));
}

}  // namespace eagain::fault
