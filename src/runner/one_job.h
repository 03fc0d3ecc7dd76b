// One job, waited for: what is found out before any check runs.
#pragma once

#include <optional>

#include "eagain/runner/workers.h"

namespace eagain::runner {

// Nothing when the user wants the run to end.
std::optional<checks::Outcome> RunOneJob(Workers& workers, const Job& job);

}  // namespace eagain::runner
