// Run: the chosen checks against one server command - gates first, then all others, some at a time,
// each as often as asked - and what is to be made of their outcomes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/checks/check.h"
#include "eagain/driver/patience.h"
#include "eagain/driver/server_process.h"
#include "eagain/runner/gates.h"
#include "eagain/runner/known_failures.h"
#include "eagain/runner/result.h"
#include "eagain/runner/selection.h"
#include "eagain/runner/workers.h"

namespace eagain::runner {

// Checks that a strategy cannot meet, by design.
struct DeclaredLimit {
  std::string checks;  // an id, a family or a glob
  std::string reason;
};

struct RunOptions {
  driver::ServerCommand command;
  std::string strategy;               // empty: the server does not say what it is
  std::vector<DeclaredLimit> limits;  // of that strategy
  KnownFailures known_failures;
  uint64_t seed = 1;
  int repeat = 1;
  int jobs = 1;
  int spare_slots = -1;  // for more than these; see spare_slots.h
  driver::PatienceLimits patience;
  checks::Injector injector = {};
  // Checks that have not ended by then are not reached. Zero: no limit.
  std::chrono::milliseconds time_limit{0};
  bool await_port = false;                    // see Job
  std::optional<InsideSandbox> sandbox = {};  // see Job
  std::optional<checks::MemoryWatch> memory = {};
};

// One run of the check `id`.
Job JobOf(std::string_view id, const RunOptions& options);

// Told what goes on; of a gate that was not chosen too (CheckResult::gate_only). Called between
// waits, so it must not take long.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void started(const checks::Check& check) = 0;
  virtual void finished(const CheckResult& result) = 0;
  virtual void tick() {}
};

// What it is when nothing can be run: all of them are not reached.
RunResult NoneReached(const CheckList& chosen, const std::string& reason);

// Runs `chosen`, which is part of `catalogue` and in its order. A gate that is not chosen runs once,
// if a chosen check needs it, and is in the result only if it did not pass. Throws nothing of its
// own.
RunResult Run(std::span<const checks::Check> catalogue, const CheckList& chosen,
              std::span<const Gate> gates, const RunOptions& options, Workers& workers,
              Observer& observer);

}  // namespace eagain::runner
