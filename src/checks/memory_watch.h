// The end of a check whose server's memory is watched: the server is stopped without clients, so that
// the tool looks for leaks, and what it wrote is collected.
#pragma once

#include <string>
#include <vector>

#include "eagain/checks/context.h"
#include "eagain/checks/memory_report.h"

namespace eagain::checks {

// What the tool said of all servers of one check.
struct MemoryFindings {
  std::vector<MemoryReport> reports;  // of leaks, only those that count
  std::string no_leak_check;  // why leaks were not looked for at a clean stop; empty when they were
  std::vector<std::string> sanitizers;  // in the server, if that was asked for
};

// Those that count whenever they were made.
std::vector<MemoryReport> ButLeaks(std::vector<MemoryReport> reports);

// The check has ended and its clients are gone. To be called only when ctx.memory_logs() is there.
awaitable<void> FinishMemoryWatch(Context& ctx, MemoryFindings& findings);

}  // namespace eagain::checks
