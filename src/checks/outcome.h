// Outcome: all that is known of one check that was run once against one server. What reports are
// made of.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "eagain/checks/check.h"
#include "eagain/checks/context.h"
#include "eagain/checks/memory_watch.h"
#include "eagain/checks/partial.h"

namespace eagain::checks {

struct Outcome {
  std::string id;
  Verdict verdict = Verdict::kError;
  std::string expected;  // of fail and timeout
  std::string actual;    // of fail and timeout; of error, what went wrong
  std::string reason;    // of skip: why
  std::vector<std::string> steps;
  std::vector<std::string> faults;         // that fired, in words, each with how to have it again
  std::vector<RuleFired> rules;            // of the plan on top (--fault)
  std::string server_output;               // raw bytes
  std::optional<std::string> server_exit;  // "exit status 1"; nothing while it ran
  std::vector<driver::Event> timeline;
  std::chrono::milliseconds duration{};
  bool restless = false;                      // the server spun: see driver::PatienceLimits
  std::optional<Partial> partial;             // of fail and timeout
  std::optional<MemoryFindings> memory = {};  // if a tool watched the server's memory
};

// Runs one check in this process against a fresh server: starts it, runs the coroutine, catches
// what it throws, ends the server with everything that it left behind. Throws for nothing that a
// server does.
Outcome RunCheck(const Check& check, const ContextOptions& options);

}  // namespace eagain::checks
