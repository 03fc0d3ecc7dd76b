// What a person reads at the end of a run: how each family fared, every failure with its evidence
// and the command that shows it again, and one line that says it all.
#pragma once

#include <string>

#include "eagain/report/report.h"
#include "eagain/report/style.h"

namespace eagain::report {

struct TerminalOptions {
  Style style;
  bool verbose = false;  // every step and all of the server's output
};

std::string RenderTerminal(const Report& report, const TerminalOptions& options);

}  // namespace eagain::report
