#include "eagain/grade/class_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "eagain/runner/bad_usage.h"

namespace eagain::grade {
namespace {

std::string NoteOf(const report::Report& report) {
  if (report.build && !report.build->passed) {
    return fmt::format("the build failed: {}", report.build->result);
  }
  if (!report.missing_shards.empty()) {
    return fmt::format("missing: shard {}", fmt::join(report.missing_shards, ", "));
  }
  if (report.interrupted) {
    return "the run was cut short";
  }
  return report.judgement == "harness-failed" ? "the harness had trouble: grade it again" : "";
}

double Percent(const ClassRow& row) {
  return row.max_score > 0 ? 100 * row.score / row.max_score : 0;
}

// The names that are `missing` in some part and there in none.
std::vector<std::string> StillMissing(const std::vector<ClassReport>& parts,
                                      const std::set<std::string>& there) {
  std::set<std::string> missing;
  for (const ClassReport& part : parts) {
    missing.insert(part.missing.begin(), part.missing.end());
  }
  std::vector<std::string> still;
  std::set_difference(missing.begin(), missing.end(), there.begin(), there.end(),
                      std::back_inserter(still));
  return still;
}

std::vector<int> MissingShards(const std::vector<ClassReport>& parts) {
  int count = 1;
  std::set<int> there;
  for (const ClassReport& part : parts) {
    count = std::max(count, part.shard_count);
    there.insert(part.shard_index);
  }
  std::vector<int> missing;
  for (int index = 1; index <= count; ++index) {
    if (!there.contains(index)) {
      missing.push_back(index);
    }
  }
  return missing;
}

}  // namespace

ClassRow RowOf(const report::Report& report) {
  const report::Summary summary = report.summary();
  ClassRow row{.name = report.submission,
               .score = summary.score,
               .max_score = summary.max_score,
               .judgement = report.judgement,
               .note = NoteOf(report),
               .items = {},
               .verdicts = {}};
  if (report.grading) {
    for (const report::ItemReport& item : report.grading->items) {
      row.items[item.name] = {.score = item.score, .max = item.max_score};
    }
  }
  for (const report::CheckReport& check : report.checks) {
    row.verdicts[check.id] = check.skip_kind == "not-reached" ? check.skip_kind : check.verdict;
  }
  return row;
}

void AddTo(ClassReport& report, const report::Report& submission) {
  if (report.rows.empty() && submission.grading) {
    report.title = submission.grading->title;
    for (const report::ItemReport& item : submission.grading->items) {
      report.items.push_back(item.name);
    }
  }
  ClassRow row = RowOf(submission);
  const auto at = std::upper_bound(
      report.rows.begin(), report.rows.end(), row,
      [](const ClassRow& one, const ClassRow& other) { return one.name < other.name; });
  report.rows.insert(at, std::move(row));
}

ClassReport Joined(const std::vector<ClassReport>& parts) {
  ClassReport joined;
  std::set<std::string> there;
  for (const ClassReport& part : parts) {
    if (joined.rows.empty() && !part.rows.empty()) {
      joined.title = part.title;
      joined.items = part.items;
    }
    for (const ClassRow& row : part.rows) {
      if (!there.insert(row.name).second) {
        throw runner::BadUsage(fmt::format("the submission '{}' is there twice", row.name));
      }
      joined.rows.push_back(row);
    }
  }
  std::sort(joined.rows.begin(), joined.rows.end(),
            [](const ClassRow& one, const ClassRow& other) { return one.name < other.name; });
  joined.missing = StillMissing(parts, there);
  joined.missing_shards = MissingShards(parts);
  return joined;
}

Distribution DistributionOf(const ClassReport& report) {
  Distribution distribution;
  distribution.tenths.assign(10, 0);
  std::vector<double> percents;
  for (const ClassRow& row : report.rows) {
    percents.push_back(Percent(row));
    const int tenth = std::clamp(static_cast<int>(percents.back() / 10), 0, 9);
    ++distribution.tenths[static_cast<size_t>(tenth)];
  }
  if (percents.empty()) {
    return distribution;
  }
  std::sort(percents.begin(), percents.end());
  const size_t half = percents.size() / 2;
  distribution.mean =
      std::accumulate(percents.begin(), percents.end(), 0.0) / static_cast<double>(percents.size());
  distribution.median =
      percents.size() % 2 == 1 ? percents[half] : (percents[half - 1] + percents[half]) / 2;
  distribution.lowest = percents.front();
  distribution.highest = percents.back();
  return distribution;
}

std::vector<CheckTally> FailedMost(const ClassReport& report) {
  std::map<std::string, CheckTally> tallies;
  for (const ClassRow& row : report.rows) {
    for (const auto& [id, verdict] : row.verdicts) {
      CheckTally& tally = tallies[id];
      tally.id = id;
      tally.failed += verdict == "fail" || verdict == "timeout" ? 1 : 0;
      tally.not_reached += verdict == "not-reached" ? 1 : 0;
      tally.of += verdict == "skip" ? 0 : 1;
    }
  }
  std::vector<CheckTally> sorted;
  for (const auto& [id, tally] : tallies) {
    if (tally.failed > 0) {
      sorted.push_back(tally);
    }
  }
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const CheckTally& a, const CheckTally& b) { return a.failed > b.failed; });
  return sorted;
}

}  // namespace eagain::grade
