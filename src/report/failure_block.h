// One failure as a block of text: what was required, what happened instead, and how to see it again.
#pragma once

#include <string>

#include "eagain/report/report.h"
#include "eagain/report/style.h"

namespace eagain::report {

struct FailureBlockOptions {
  Style style;
  std::string program = "eagain";  // how the user calls it
  bool verbose = false;
  bool advice = false;          // it does not count
  std::string role = "server";  // of the program under test
  // The check in which the server died in the same way: the evidence is there. Empty: show it all.
  std::string same_as;
};

std::string FailureBlock(const CheckReport& check, const FailureBlockOptions& options);
// The same without colours, for a file.
std::string PlainFailureBlock(const CheckReport& check, const Report& report);

}  // namespace eagain::report
