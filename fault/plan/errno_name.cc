#include "eagain/fault/plan/errno_name.h"

#include <string.h>

#include <cerrno>

namespace eagain::fault {
namespace {

constexpr int kHighestErrno = 133;  // EHWPOISON, the last one of Linux

}  // namespace

std::string ErrnoName(int number) {
  if (number == EOPNOTSUPP) {
    return "EOPNOTSUPP";  // glibc says ENOTSUP, the manual pages of sockets do not
  }
  const char* name = strerrorname_np(number);
  return name != nullptr ? name : "errno " + std::to_string(number);
}

std::optional<int> ErrnoNamed(std::string_view name) {
  if (name == "EWOULDBLOCK") {
    return EAGAIN;
  }
  if (name == "ENOTSUP") {
    return EOPNOTSUPP;
  }
  for (int number = 1; number <= kHighestErrno; ++number) {
    if (strerrorname_np(number) != nullptr && ErrnoName(number) == name) {
      return number;
    }
  }
  return std::nullopt;
}

std::vector<std::string> ErrnoNames() {
  std::vector<std::string> names;
  for (int number = 1; number <= kHighestErrno; ++number) {
    if (strerrorname_np(number) != nullptr) {
      names.push_back(ErrnoName(number));
    }
  }
  return names;
}

}  // namespace eagain::fault
