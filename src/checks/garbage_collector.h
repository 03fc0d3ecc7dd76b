// Whether a process collects garbage, and so grows for a while without keeping anything: a
// collector has no reason to run before its heap has filled once.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace eagain::checks {

struct GarbageCollector {
  std::string_view name;  // "Go", "V8", ...
  // What a process with it may grow by before that says anything; nothing when only the machine's
  // memory bounds it.
  std::optional<uint64_t> may_grow;
};

// The collector, among those of the processes, that lets them grow the most; nothing when none is
// known to have one. Judged by what is in the executable and in the libraries that are mapped.
std::optional<GarbageCollector> CollectorOf(const std::vector<pid_t>& processes);

}  // namespace eagain::checks
