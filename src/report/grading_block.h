// The marks of a graded run as a block of text: what --build did, if it failed, and the points of each
// item of the rubric.
#pragma once

#include <string>

#include "eagain/report/report.h"
#include "eagain/report/style.h"

namespace eagain::report {

// "12.5", "20": points with two decimals at most.
std::string Points(double points);

// Empty when the run was not graded. Says first which shards are missing of a merged report.
std::string GradingBlock(const Report& report, const Style& style);

}  // namespace eagain::report
