// Marks: a rubric applied to a report.
#pragma once

#include "eagain/grade/rubric.h"
#include "eagain/report/report.h"

namespace eagain::grade {

// Writes the rubric's title and items into the report, which item each check belongs to, and all
// scores (Mark).
void Apply(const Rubric& rubric, report::Report& report);

// Makes all scores of a graded report anew from the verdicts and report.grading. An item's points
// are shared by those of its checks that can be judged: what a strategy cannot do by design, or does
// not apply, leaves its share to the others; when none is left the item is worth nothing here. The
// report of a shard shares them as if the checks of the other shards could all be judged; once
// merged, nothing is left to guess. Nothing when the report is not graded.
void Mark(report::Report& report);

}  // namespace eagain::grade
