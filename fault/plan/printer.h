// Writes plans as the parser reads them: parser(printer(plan)) == plan for every plan whose rules
// are not impossible (legality.h), and the text is canonical: the same plan, the same text.
#pragma once

#include <string>

#include "eagain/fault/plan/plan.h"

namespace eagain::fault {

// "send short 1 on client every 3"
std::string RuleText(const Rule& rule);

// "EAGAIN", "short 1", "only 2", "reordered", "delay 20ms", "reset"
std::string OutcomeText(const Outcome& outcome);

// "listener", "non-blocking client 2", "any"
std::string SubjectText(const Subject& subject);

// "listener", "client", "any", "other"
std::string RoleText(Role role);

// "20ms": in the largest unit without a fraction.
std::string DurationText(std::chrono::microseconds duration);

// A statement a line, each ended by a newline; the seed first.
std::string PlanText(const Plan& plan);

// The same in one line, for a command line: "send short 1; recv EAGAIN at 2".
std::string PlanInOneLine(const Plan& plan);

}  // namespace eagain::fault
