// A submission graded, from the copy of its folder to its marks.
#pragma once

#include "eagain/cli/grade_plan.h"
#include "eagain/report/report.h"

namespace eagain::cli {

// Builds and checks the submission in the current folder as planned. Throws runner::BadUsage for a
// folder that cannot be a submission, driver::HarnessError when this machine allows no sandbox and
// the plan does not allow a weak one.
report::Report RunGrade(GradePlan plan);

}  // namespace eagain::cli
