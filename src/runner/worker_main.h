// What a worker does: see worker_processes.h, which starts it.
#pragma once

#include <functional>

#include "eagain/checks/outcome.h"
#include "eagain/runner/job.h"

namespace eagain::runner {

// Reads the job from standard input, carries it out with `run`, and hands its outcome to the
// runner. Before that it raises its own descriptor limit as far as it may, so that a thousand
// clients fit; the server gets the limit that this program was started with. What `run` throws becomes
// the verdict error. Does not return.
[[noreturn]] void WorkerMain(const std::function<checks::Outcome(const Job&)>& run);

}  // namespace eagain::runner
