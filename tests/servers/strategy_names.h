// Names of strategies as names of tests: letters and digits only.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <string>

#include "eagain/servers/registry.h"

namespace eagain {

inline std::string TestNameOf(const Strategy& strategy) {
  std::string name(strategy.name);
  std::erase_if(name, [](unsigned char c) { return std::isalnum(c) == 0; });
  return name;
}

inline std::string NameOfStrategy(const testing::TestParamInfo<Strategy>& test) {
  return TestNameOf(test.param);
}

inline void PrintTo(const Strategy& strategy, std::ostream* os) { *os << strategy.name; }

}  // namespace eagain
