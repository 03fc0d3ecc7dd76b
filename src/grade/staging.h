// Staging: a submission's folder made ready for programs that nobody has looked at. They get a copy,
// without the files that are the grader's own, and never the original.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eagain/driver/temporary_folder.h"
#include "eagain/runner/sandbox.h"

namespace eagain::grade {

struct StagingOptions {
  std::string folder;                  // of the submission
  std::vector<std::string> leave_out;  // the grader's own: rubric, reports
  std::vector<std::string> command;    // the server's: files that it names are shown to it
  runner::SandboxLimits limits = {};
};

class Staging {
 public:
  // Makes the copy, in a folder of its own that goes with this object. Throws
  // runner::BadUsage for a folder that is no submission's: not there, or larger than 1 GiB.
  explicit Staging(const StagingOptions& options);

  // The copy.
  std::string folder() const { return root_.path() + "/submission"; }
  // A copy of the copy, in it, under that name. Throws runner::CopyError.
  void copy_into(const std::string& name) const;
  // In which a build runs, and what it writes stays in the copy.
  runner::Sandbox for_build() const;
  // In which a check runs: with a copy of the copy, unless that is too large to be made each time.
  runner::Sandbox for_checks() const;

 private:
  void show(const std::string& file);

  driver::TemporaryFolder root_;
  runner::Sandbox sandbox_;
};

// Equal for folders that hold the same: the names, sizes and times of all that is in them. `salt`
// stands for whatever else a result depends on.
std::string FingerprintOf(const std::string& folder, const std::string& salt);

}  // namespace eagain::grade
