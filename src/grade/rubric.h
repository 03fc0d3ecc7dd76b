// Rubric: what is to be checked and what it is worth, read from TOML.
//
//   title = "Lab 2: an echo server"
//   role = "server"                # what is graded: a server, or a "client"
//   strategy = "select"            # what the server has to be; `eagain list strategies`
//   level = "must"                 # "should": advice counts too
//
//   [[item]]
//   name = "Echo"
//   checks = "echo"                # an id, a family, a glob, or a list of these
//   points = 20                    # shared by its checks; or: points_each = 2
//   scoring = "shared"             # "all-or-nothing": all of its checks, or no points
//   partial_credit = false         # true: a check that serves k of n clients gets k/n of its points
//   requires = "echo/one-byte"     # not reached unless these checks pass
//   visibility = "visible"         # "hidden", "after_due_date", "after_published"
//   level = "must"                 # of this item
//
// A check belongs to the first item that names it. One named by its id counts whatever its level;
// of a family or a glob, those below the item's level are advice: they run, and score nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eagain/checks/check.h"
#include "eagain/report/report.h"
#include "eagain/runner/gates.h"
#include "eagain/runner/result.h"
#include "eagain/runner/selection.h"

namespace eagain::grade {

struct Item {
  std::string name;
  double points = 0;  // for all of its checks
  bool all_or_nothing = false;
  bool partial_credit = false;
  std::string visibility = "visible";
  std::vector<std::string> requires_passed;  // ids
  runner::CheckList counting;                // in the catalogue's order; never empty
  runner::CheckList advice;
};

struct Rubric {
  std::string title;
  checks::Role role = checks::Role::kServer;
  std::string strategy;  // "" when any will do
  checks::Level level = checks::Level::kMust;
  std::vector<Item> items;  // never empty

  // All that are to run, in the catalogue's order.
  runner::CheckList checks() const;
  // Which checks count in the judgement.
  runner::Counting counting() const;
  // The standard gates, then those that items require.
  std::vector<runner::Gate> gates() const;
};

struct RubricContext {
  std::vector<std::string> strategies;  // the names there are
};

// `file` is its name, for messages. Throws runner::BadUsage that tells of everything that is wrong,
// each with line, column, and a caret under it.
Rubric ParseRubric(std::string_view text, const std::string& file, const RubricContext& context);
// Throws runner::BadUsage also when the file cannot be read.
Rubric ReadRubric(const std::string& path, const RubricContext& context);

}  // namespace eagain::grade
