#include "eagain/checks/evidence.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eagain/driver/proc_stats.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {

std::string MemorySize(uint64_t bytes) {
  constexpr uint64_t kKiB = 1024;
  if (bytes < 10 * kKiB) {
    return driver::Counted(bytes, "byte");
  }
  if (bytes < 1024 * kKiB) {
    return fmt::format("{} KiB", bytes / kKiB);
  }
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1024.0 * kKiB));
}

std::string WhatThreadsDo(Context& ctx) {
  const auto calls = driver::BlockedIn(ctx.server().pid());
  if (calls.empty()) {
    return "what its threads do cannot be seen";
  }
  return fmt::format("its threads: {}", fmt::join(calls, ", "));
}

}  // namespace eagain::checks
