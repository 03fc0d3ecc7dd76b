// KnownFailures: the checks that a server is known to fail (--expect FILE). One that fails as known
// does not count against the server; one that passes all the same does, so that the file cannot
// grow stale.
//
// One id, family or glob a line; whatever follows it after white space is the reason. '#' begins a
// comment that lasts to the end of the line; after an id, the comment is the reason too.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/checks/check.h"
#include "eagain/runner/bad_usage.h"

namespace eagain::runner {

class KnownFailures {
 public:
  // `name` is the file's, for messages. Throws BadUsage, with the line's number, for a line that
  // names no check.
  static KnownFailures Parse(std::string_view text, const std::string& name,
                             std::span<const checks::Check> catalogue);
  // Throws BadUsage when the file cannot be read.
  static KnownFailures Read(const std::string& path, std::span<const checks::Check> catalogue);

  // The reason ("" when none was given) if this check is known to fail.
  std::optional<std::string> reason(std::string_view id) const;

 private:
  struct Line {
    std::string pattern;
    std::string reason;
  };
  std::vector<Line> lines_;
};

}  // namespace eagain::runner
