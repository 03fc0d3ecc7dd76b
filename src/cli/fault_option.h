// --fault, --seed and --hostile, for every verb that runs something under a fault plan.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "eagain/fault/plan/plan.h"
#include "eagain/fault/plan/plan_run.h"

namespace eagain::cli {

struct FaultArguments {
  std::string plan;  // empty: none was asked for
  std::optional<uint64_t> seed;
  bool hostile = false;

  bool given() const { return !plan.empty(); }
  fault::PlanRun::Options run_options() const { return {.seed = seed, .hostile = hostile}; }
};

// `arguments` outlives `verb`.
void AddFaultOptions(CLI::App& verb, FaultArguments& arguments);

// The plan, or nothing after having said on stderr what is wrong with it.
std::optional<fault::Plan> ReadPlan(const FaultArguments& arguments);

}  // namespace eagain::cli
