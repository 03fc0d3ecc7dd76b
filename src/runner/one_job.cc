#include "eagain/runner/one_job.h"

#include <utility>

namespace eagain::runner {

std::optional<checks::Outcome> RunOneJob(Workers& workers, const Job& job) {
  workers.start(0, job);
  for (;;) {
    Workers::Happening happening = workers.next(std::chrono::milliseconds(1000));
    if (happening.what == Workers::What::kDone) {
      return std::move(happening.outcome);
    }
    if (happening.what == Workers::What::kInterrupted) {
      return std::nullopt;
    }
  }
}

}  // namespace eagain::runner
