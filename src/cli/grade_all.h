// Many submissions, each graded by a process of its own.
#pragma once

#include <string>
#include <vector>

#include "eagain/cli/grade_plan.h"

namespace eagain::cli {

// Grades every folder in arguments.all, some at a time, and writes the class report. What has a
// report that is neither cut short nor out of date is not graded again. Returns the exit status: 0
// when all of them are graded, 3 when some are not. Throws runner::BadUsage before anything has run.
int GradeAll(const GradeArguments& arguments, const std::string& program,
             const std::vector<std::string>& command);

}  // namespace eagain::cli
