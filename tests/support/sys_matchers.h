// Matchers for SysResult that name the errno when they fail:
//   EXPECT_THAT(sys.close(fd), SysSucceeds());
//   EXPECT_THAT(sys.recv(fd, buf, n, 0), SysSucceedsWith(5));
//   EXPECT_THAT(sys.recv(fd, buf, n, 0), SysFailsWith(EAGAIN));
#pragma once

#include <gmock/gmock.h>
#include <string.h>

#include <string>
#include <type_traits>

#include "eagain/sys/sys_result.h"

namespace eagain {

inline std::string ErrnoName(int errno_value) {
  const char* name = strerrorname_np(errno_value);
  return name != nullptr ? name : "errno " + std::to_string(errno_value);
}

template <typename T>
void PrintTo(const SysResult<T>& result, std::ostream* os) {
  if (!result.ok()) {
    *os << "failed with " << ErrnoName(result.error());
  } else if constexpr (std::is_void_v<T>) {
    *os << "succeeded";
  } else {
    *os << "succeeded with " << testing::PrintToString(result.value());
  }
}

// A number that is expected may be of another type than the one that comes.
template <typename Value, typename Expected>
testing::Matcher<Value> ValueMatcher(const Expected& expected) {
  if constexpr (std::is_arithmetic_v<Expected> && std::is_arithmetic_v<Value>) {
    return testing::Eq(static_cast<Value>(expected));
  } else {
    return testing::Matcher<Value>(expected);
  }
}

MATCHER(SysSucceeds, negation ? "fails" : "succeeds") { return arg.ok(); }

MATCHER_P(SysSucceedsWith, expected,
          (negation ? "does not succeed with " : "succeeds with ") +
              testing::PrintToString(expected)) {
  return arg.ok() &&
         testing::ExplainMatchResult(ValueMatcher<std::decay_t<decltype(arg.value())>>(expected),
                                     arg.value(), result_listener);
}

MATCHER_P(SysFailsWith, errno_value,
          (negation ? "does not fail with " : "fails with ") + ErrnoName(errno_value)) {
  return arg.error() == errno_value;
}

}  // namespace eagain
