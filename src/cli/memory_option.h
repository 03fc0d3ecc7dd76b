// --sanitized and --valgrind: what watches the server's memory while the checks run a second time.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eagain/checks/memory_logs.h"
#include "eagain/runner/selection.h"

namespace eagain::cli {

// As typed.
struct MemoryArguments {
  std::optional<std::string> sanitized;
  bool valgrind = false;
  std::string
      build_with;  // of grade alone: the submission is built a second time, with these sanitizers
  bool given() const { return sanitized.has_value() || valgrind || !build_with.empty(); }
  std::vector<std::string> words() const;  // as they have to be typed again
};

// Where in a submission's folder its second build is.
inline constexpr const char* kSanitizedFolder = ".eagain-sanitized";

// The option of grade that stands beside those of check, which AddMemoryOptions() has added.
void AddBuildSanitizedOption(CLI::App& verb, MemoryArguments& arguments, CLI::Option* build);

void AddMemoryOptions(CLI::App& verb, MemoryArguments& arguments);

// The second run, planned.
struct MemoryPlan {
  checks::MemoryTool tool = checks::MemoryTool::kSanitizers;
  std::vector<std::string> command;  // of the server that is watched
  std::vector<std::string> words;    // see above
  std::string build_with;        // see above; the command expects that build in kSanitizedFolder
  runner::CheckList situations;  // that run again
  std::optional<std::string> not_reached = {};  // why there can be no second run
};

// Who asks for memory to be watched wants to know of it: with --only, the memory checks are among those
// chosen.
void ChooseMemoryChecks(const MemoryArguments& arguments, runner::Choice& choice);

// Throws runner::BadUsage for a command that cannot be one, where valgrind is not installed, and when no
// memory check is chosen. `command` is the plain server's.
MemoryPlan MakeMemoryPlan(const MemoryArguments& arguments, const std::vector<std::string>& command,
                          const std::optional<uint16_t>& port, const runner::Choice& choice);

}  // namespace eagain::cli
