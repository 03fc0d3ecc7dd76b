// Replay: the faults of a run that was logged (injection_log.h), again: the same rules fire at the
// same calls, counted as the rules count them.
#pragma once

#include <string>

#include "eagain/fault/plan/plan.h"
#include "eagain/fault/plan/plan_run.h"

namespace eagain::fault {

struct Replay {
  Plan plan;
  PlanRun::Options run;
  std::string error;  // one line; empty when it could be read
};

Replay ReadReplay(const std::string& log);

}  // namespace eagain::fault
