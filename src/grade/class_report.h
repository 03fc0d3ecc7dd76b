// ClassReport: many graded submissions in one table - who has how many points, how they are spread,
// and which checks fail most. All text in it is safe to show (report.h).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/report/report.h"
#include "eagain/report/style.h"

namespace eagain::grade {

struct ItemScore {
  double score = 0;
  double max = 0;
};

// One submission.
struct ClassRow {
  std::string name;
  double score = 0;
  double max_score = 0;
  std::string judgement;                   // see Report
  std::string note;                        // "the build failed", "shard 2 is missing"
  std::map<std::string, ItemScore> items;  // by the item's name
  // By id: "pass", "fail", "skip", "error", "timeout"; "not-reached" instead of skip where it is so.
  std::map<std::string, std::string> verdicts;
};
ClassRow RowOf(const report::Report& report);

struct ClassReport {
  std::string title;
  std::vector<std::string> items;    // their names, in the rubric's order
  std::vector<ClassRow> rows;        // by name
  std::vector<std::string> missing;  // names of submissions that should be there and are not
  int shard_index = 1;
  int shard_count = 1;
  std::vector<int> missing_shards;

  bool complete() const { return missing.empty() && missing_shards.empty(); }
};

// Adds a submission: the title and items are the first one's.
void AddTo(ClassReport& report, const report::Report& submission);
// One report of many, in any order. A submission that is missing in one and there in another is not
// missing; so are shards. Throws runner::BadUsage when one is there twice.
ClassReport Joined(const std::vector<ClassReport>& parts);

// Of the scores, in percent of what can be reached.
struct Distribution {
  double mean = 0;
  double median = 0;
  double lowest = 0;
  double highest = 0;
  std::vector<int> tenths;  // how many have 0 to 10 %, ..., 90 to 100 %
};
Distribution DistributionOf(const ClassReport& report);

// How often a check did not pass, of those submissions in which it could be judged.
struct CheckTally {
  std::string id;
  int failed = 0;  // fail, timeout
  int not_reached = 0;
  int of = 0;
};
// Those that failed most first; those that never failed are left out.
std::vector<CheckTally> FailedMost(const ClassReport& report);

inline constexpr std::string_view kClassSchema = "eagain/class/v1";

std::string RenderClassJson(const ClassReport& report);
// RFC 4180; one line a submission. What a spreadsheet would take for a formula begins with an
// apostrophe.
std::string RenderClassCsv(const ClassReport& report);
std::string RenderClassHtml(const ClassReport& report);  // one file, without network
std::string RenderClassText(const ClassReport& report, const report::Style& style);

// What RenderClassJson() wrote. Throws report::NotAReport.
ClassReport ParseClassJson(std::string_view text);

}  // namespace eagain::grade
