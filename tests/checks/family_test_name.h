// The name of a test that is made for every check of a family: "SecondClient".
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <string>

#include "eagain/checks/check.h"

namespace eagain::checks {

inline std::string SlugOf(const testing::TestParamInfo<Check>& info) {
  std::string name;
  bool upper = true;
  for (const char c : info.param.id.substr(info.param.id.find('/') + 1)) {
    if (c != '-') {
      name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    }
    upper = c == '-';
  }
  return name;
}

}  // namespace eagain::checks
