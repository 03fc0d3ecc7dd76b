// Workers: where jobs are carried out. The runner only knows this; the real ones are processes
// (worker_processes.h).
#pragma once

#include <chrono>

#include "eagain/checks/outcome.h"
#include "eagain/runner/job.h"

namespace eagain::runner {

class Workers {
 public:
  enum class What {
    kDone,         // `ticket` ended, with `outcome`
    kTick,         // time passed and nothing else happened
    kInterrupted,  // the user wants the run to end
  };
  struct Happening {
    What what = What::kTick;
    int ticket = 0;
    checks::Outcome outcome;
  };

  virtual ~Workers() = default;

  // Begins a job; `ticket` names it. Whatever goes wrong is told as an outcome, `error` or
  // `timeout`, of that ticket.
  virtual void start(int ticket, const Job& job) = 0;
  // The next thing that happens, waited for at most `patience`.
  virtual Happening next(std::chrono::milliseconds patience) = 0;
  // Ends all jobs that run, with everything that they started; they are not told by next() any
  // more.
  virtual void stop_all() = 0;
};

}  // namespace eagain::runner
