// The second run, for the memory checks: see runner/memory_pass.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eagain/cli/check_options.h"
#include "eagain/driver/temporary_folder.h"
#include "eagain/runner/memory_pass.h"
#include "eagain/runner/workers.h"

namespace eagain::cli {

class MemoryRun {
 public:
  // Finds out what watches: the sanitizers in the build, by starting it. Throws runner::BadUsage when
  // there is none, or the server does not start; of a submission, whose build nobody here can mend, that
  // is what its memory checks say then. `run` is how the plain server was, or will be, run.
  MemoryRun(const CheckPlan& plan, const runner::RunOptions& run, runner::Workers& workers);

  // Runs the situations again; `observer` is told of each. The results are the chosen memory checks'.
  std::vector<runner::CheckResult> run(std::chrono::milliseconds time_left,
                                       runner::Workers& workers, runner::Observer& observer);
  // The user has ended the run before it came to this.
  void cut_short();
  bool interrupted() const { return interrupted_; }
  bool can_run() const { return !not_reached_.has_value(); }
  // The results when it cannot.
  std::vector<runner::CheckResult> not_reached() const;
  std::string watched_by() const { return tools_.in_words(); }

 private:
  void find_sanitizers(runner::Workers& workers);
  runner::RunOptions watched() const;
  std::string what_is_watched() const;
  std::string no_sanitizer() const;
  void refuse(const std::string& why);

  const CheckPlan& plan_;
  runner::RunOptions run_;
  runner::CheckList memory_checks_;
  runner::MemoryTools tools_;
  std::optional<driver::TemporaryFolder> logs_;  // a sandbox has its own
  std::optional<std::string> not_reached_;
  bool interrupted_ = false;
};

// The memory checks among the chosen, and the others.
runner::CheckList MemoryChecksOf(const runner::CheckList& chosen);
runner::CheckList OtherChecksOf(const runner::CheckList& chosen);

}  // namespace eagain::cli
