// A command run to its end, with its output: a build.
#pragma once

#include <chrono>

#include "eagain/checks/outcome.h"
#include "eagain/driver/server_process.h"

namespace eagain::runner {

// Runs it in this process's folder: pass when it exits with status 0, fail when it does not, timeout
// when it takes longer than `limit`. In the outcome are its output and its exit; what it leaves
// running is ended. Throws nothing but driver::HarnessError.
checks::Outcome RunToEnd(const driver::ServerCommand& command, std::chrono::milliseconds limit);

}  // namespace eagain::runner
