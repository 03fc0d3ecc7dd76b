// One failure as a block of text: what was required, what happened instead, and how to see it again.
#pragma once

#include <string>
#include <string_view>

#include "eagain/report/report.h"
#include "eagain/report/style.h"

namespace eagain::report {

struct FailureBlockOptions {
  Style style;
  bool verbose = false;
  bool advice = false;  // it does not count
};

std::string FailureBlock(const CheckReport& check, const FailureBlockOptions& options);

}  // namespace eagain::report
