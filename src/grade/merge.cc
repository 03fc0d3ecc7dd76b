#include "eagain/grade/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "eagain/grade/marks.h"
#include "eagain/runner/bad_usage.h"

namespace eagain::grade {
namespace {

using report::CheckReport;
using report::Report;
using runner::BadUsage;

std::vector<std::string> ItemsOf(const Report& report) {
  std::vector<std::string> items;
  if (report.grading) {
    items.push_back(report.grading->title);
    for (const report::ItemReport& item : report.grading->items) {
      items.push_back(
          fmt::format("{}: {} for {} checks", item.name, item.points, item.checks.size()));
    }
  }
  return items;
}

// What makes two reports parts of different runs; empty when they are of one.
std::string Difference(const Report& one, const Report& other) {
  const std::pair<bool, const char*> differences[] = {
      {one.command != other.command, "command"},
      {one.strategy != other.strategy, "strategy"},
      {one.port != other.port, "port"},
      {one.seed != other.seed, "seed"},
      {one.level != other.level, "level"},
      {one.repeat != other.repeat, "number of repeats"},
      {one.version != other.version, "version of eagain"},
      {one.shard_count != other.shard_count, "number of shards"},
      {ItemsOf(one) != ItemsOf(other), "rubric"},
  };
  for (const auto& [differs, what] : differences) {
    if (differs) {
      return what;
    }
  }
  return "";
}

void RequireOneRun(const std::vector<NamedReport>& shards) {
  const NamedReport& first = shards.front();
  std::map<int, std::string> seen;
  for (const NamedReport& shard : shards) {
    if (const std::string what = Difference(first.report, shard.report); !what.empty()) {
      throw BadUsage(fmt::format("{} and {} are not of the same run: they differ in their {}",
                                 first.name, shard.name, what));
    }
    const auto [at, is_new] = seen.emplace(shard.report.shard_index, shard.name);
    if (!is_new) {
      throw BadUsage(fmt::format("{} and {} are both shard {}/{}", at->second, shard.name,
                                 shard.report.shard_index, shard.report.shard_count));
    }
  }
}

// In the catalogue's order; what this version does not know comes last.
const checks::Check* Place(const CheckReport& check) {
  const checks::Check* known = checks::FindCheck(check.id);
  const std::vector<checks::Check>& all = checks::Catalogue();
  return known == nullptr ? all.data() + all.size() : known;
}

// Another shard may have run it as a gate only; then the one that was to run it knows more.
void Add(const CheckReport& check, Report& merged) {
  const auto same = std::find_if(merged.checks.begin(), merged.checks.end(),
                                 [&](const CheckReport& one) { return one.id == check.id; });
  if (same == merged.checks.end()) {
    merged.checks.push_back(check);
  } else if (same->gate_only) {
    *same = check;
  }
}

void AddShard(const Report& shard, Report& merged) {
  for (const CheckReport& check : shard.checks) {
    Add(check, merged);
  }
  merged.duration_ms += shard.duration_ms;
  merged.interrupted = merged.interrupted || shard.interrupted;
  merged.timeout_scale = std::max(merged.timeout_scale, shard.timeout_scale);
  merged.started = std::min(merged.started, shard.started);
}

}  // namespace

runner::Judgement Judge(const Report& report) {
  bool fails = false;
  bool flaky = false;
  for (const CheckReport& check : report.checks) {
    if (check.verdict == "error") {
      return runner::Judgement::kHarnessFailed;
    }
    const bool counts = check.level == "must" || report.level == "should" || check.max_score > 0;
    const bool failed =
        check.verdict == "fail" || check.verdict == "timeout" || check.skip_kind == "not-reached";
    fails = fails || check.unexpected_pass;
    if (failed && counts && !check.known_failure) {
      (check.flaky ? flaky : fails) = true;
    }
  }
  if (report.interrupted || !report.missing_shards.empty()) {
    return runner::Judgement::kHarnessFailed;
  }
  if (fails) {
    return runner::Judgement::kDoesNotConform;
  }
  return flaky ? runner::Judgement::kOnlyFlaky : runner::Judgement::kConforms;
}

Report MergeShards(const std::vector<NamedReport>& shards) {
  RequireOneRun(shards);
  const int count = shards.front().report.shard_count;
  Report merged = shards.front().report;
  merged.shard_index = merged.shard_count = 1;
  for (size_t at = 1; at < shards.size(); ++at) {
    AddShard(shards[at].report, merged);
  }
  std::stable_sort(merged.checks.begin(), merged.checks.end(),
                   [](const auto& a, const auto& b) { return Place(a) < Place(b); });
  for (int index = 1; index <= count; ++index) {
    if (std::none_of(shards.begin(), shards.end(),
                     [&](const NamedReport& shard) { return shard.report.shard_index == index; })) {
      merged.missing_shards.push_back(index);
    }
  }
  Mark(merged);
  const runner::Judgement judgement = Judge(merged);
  merged.judgement = report::JudgementName(judgement);
  merged.exit_status = report::ExitStatusOf(judgement);
  return merged;
}

}  // namespace eagain::grade
