// Reads the language of plan.h.
//
// Whatever the text holds, the parser ends with a plan or with errors that say where and why; it is
// linear in the length of the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eagain/fault/plan/plan.h"

namespace eagain::fault {

// One thing wrong with a plan's text.
struct PlanError {
  std::string file;    // as ParseOptions said
  size_t line = 1;     // from 1 on
  size_t column = 1;   // from 1 on, in bytes
  size_t length = 1;   // of the words that the reason is about
  std::string source;  // the line
  std::string reason;  // "recv cannot fail with EADDRINUSE"
  std::string hint;    // what to write instead; may be empty

  // "slow.plan:3:6: recv cannot fail with EADDRINUSE", the line, a caret under the words, the hint;
  // each line ended by a newline. Bytes of the plan that are not printable ASCII show as '?'.
  std::string text() const;
};

struct ParseOptions {
  std::string file = "--fault";  // what errors call the text
  bool hostile = false;          // let rules pass that no kernel follows (legality.h)
};

inline constexpr size_t kMostErrors = 20;  // whoever made more is not helped by a longer list

struct ParsedPlan {
  Plan plan;                      // complete only when ok()
  std::vector<PlanError> errors;  // at most one a statement, in the order of the text; the first 20

  bool ok() const { return errors.empty(); }
  // All errors, one after the other, for a person.
  std::string error_text() const;
};

ParsedPlan ParsePlan(std::string_view text, const ParseOptions& options = {});

// What a --fault option says: the name of a plan file, or a plan. A name has a '/' in it or ends in
// ".plan"; anything else is a plan. A file that cannot be read is an error of line 0. `option` is
// what errors call a plan that is no file.
ParsedPlan LoadPlan(const std::string& argument, bool hostile = false,
                    const std::string& option = "--fault");

}  // namespace eagain::fault
