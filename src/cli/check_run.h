// A plan of checks carried out, from the first worker to the last report.
#pragma once

#include "eagain/cli/check_options.h"
#include "eagain/report/report.h"

namespace eagain::cli {

// Runs what is planned and shows progress meanwhile. Throws runner::BadUsage when this machine does
// not allow the isolation that is asked for, or the server's built-in port is taken, and other
// exceptions when the harness cannot work at all.
report::Report RunPlan(const CheckPlan& plan);

// Shows the report to the user and writes all that were asked for. Returns the exit status.
int HandOver(const report::Report& report, const CheckPlan& plan);

}  // namespace eagain::cli
