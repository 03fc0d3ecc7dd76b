#include "eagain/grade/marks.h"

#include <algorithm>
#include <map>

#include "eagain/report/escape.h"

namespace eagain::grade {
namespace {

using report::CheckReport;
using report::ItemReport;

// The share of its points that a check has earned.
double Earned(const CheckReport& check, bool partial_credit) {
  if (check.verdict == "pass") {
    return 1;
  }
  const bool failed = check.verdict == "fail" || check.verdict == "timeout";
  return failed && partial_credit && check.partial
             ? static_cast<double>(check.partial->done) / check.partial->of
             : 0;
}

bool CanBeJudged(const CheckReport& check) {
  return check.skip_kind != "by-design" && check.skip_kind != "not-applicable";
}

// An item's counting checks that are in the report.
std::vector<CheckReport*> Of(const ItemReport& item,
                             const std::map<std::string_view, CheckReport*>& checks) {
  std::vector<CheckReport*> found;
  for (const std::string& id : item.checks) {
    if (const auto at = checks.find(id); at != checks.end() && !at->second->gate_only) {
      found.push_back(at->second);
    }
  }
  return found;
}

void Mark(ItemReport& item, const std::vector<CheckReport*>& of) {
  const auto excused = std::count_if(of.begin(), of.end(),
                                     [](const CheckReport* check) { return !CanBeJudged(*check); });
  const auto sharing = static_cast<double>(item.checks.size()) - static_cast<double>(excused);
  double earned = 0;
  double judged = 0;
  for (CheckReport* check : of) {
    if (CanBeJudged(*check)) {
      judged += 1;
      earned += Earned(*check, item.partial_credit && !item.all_or_nothing);
    }
  }
  const bool nothing = item.all_or_nothing && earned < judged;
  item.max_score = judged == 0 ? 0 : item.points * judged / sharing;
  item.score = nothing || judged == 0 ? 0 : item.points * earned / sharing;
  for (CheckReport* check : of) {
    const bool counts = CanBeJudged(*check);
    check->max_score = counts ? item.points / sharing : 0;
    check->score = !counts || nothing ? 0
                                      : check->max_score * Earned(*check, item.partial_credit &&
                                                                              !item.all_or_nothing);
  }
}

void Name(const runner::CheckList& checks, const ItemReport& item, report::Report& report) {
  for (CheckReport& check : report.checks) {
    const bool is_of = std::any_of(checks.begin(), checks.end(),
                                   [&](const checks::Check* one) { return one->id == check.id; });
    if (is_of) {
      check.item = item.name;
      check.visibility = item.visibility;
    }
  }
}

}  // namespace

void Mark(report::Report& report) {
  if (!report.grading) {
    return;
  }
  std::map<std::string_view, CheckReport*> checks;
  for (CheckReport& check : report.checks) {
    check.score = check.max_score = 0;
    checks.emplace(check.id, &check);
  }
  for (ItemReport& item : report.grading->items) {
    Mark(item, Of(item, checks));
  }
}

void Apply(const Rubric& rubric, report::Report& report) {
  report.grading = {.title = report::EscapeLine(rubric.title), .items = {}};
  for (const Item& item : rubric.items) {
    ItemReport shown{.name = report::EscapeLine(item.name),
                     .checks = {},
                     .points = item.points,
                     .all_or_nothing = item.all_or_nothing,
                     .partial_credit = item.partial_credit,
                     .visibility = item.visibility};
    for (const checks::Check* check : item.counting) {
      shown.checks.emplace_back(check->id);
    }
    Name(item.counting, shown, report);
    Name(item.advice, shown, report);
    report.grading->items.push_back(std::move(shown));
  }
  Mark(report);
}

}  // namespace eagain::grade
