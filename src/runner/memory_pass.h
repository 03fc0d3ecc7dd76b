// The memory checks. They run nothing of their own: the other checks run a second time, on a server
// whose memory a tool watches, and what the tool reports meanwhile is judged. Whether those other
// checks pass does not matter then: a server that is watched is slow.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eagain/checks/check.h"
#include "eagain/checks/memory_logs.h"
#include "eagain/runner/result.h"
#include "eagain/runner/runner.h"
#include "eagain/runner/selection.h"

namespace eagain::runner {

// What the check is about, if it is one of the memory checks.
std::optional<checks::Concern> ConcernOf(const checks::Check& check);

// What the tool that watches can find.
struct MemoryTools {
  checks::MemoryTool tool = checks::MemoryTool::kSanitizers;
  std::vector<std::string> sanitizers;  // in the build
  bool looks_for(checks::Concern concern) const;
  std::string in_words() const;  // "AddressSanitizer and UndefinedBehaviorSanitizer"
};

// The checks that are worth a second run, of those given: not those that only measure or look on while
// nothing happens that does not happen in others. The gates are always among them.
CheckList Situations(std::span<const checks::Check> catalogue, const CheckList& given);

// How the second run differs from the first: the command, who watches, more patience.
RunOptions Watched(RunOptions first, std::vector<std::string> command, const MemoryTools& tools);

// What the second run says of these memory checks. `second` are the results of the situations.
std::vector<CheckResult> JudgeMemory(const CheckList& memory_checks, const RunResult& second,
                                     const MemoryTools& tools, const RunOptions& options);

// When nothing could be run: not reached, with the reason.
std::vector<CheckResult> MemoryNotReached(const CheckList& memory_checks, const std::string& reason,
                                          const RunOptions& options);

}  // namespace eagain::runner
