// Merge: the reports of a run's shards as one, which is the report of the run had it not been cut
// into shards.
#pragma once

#include <string>
#include <vector>

#include "eagain/report/report.h"

namespace eagain::grade {

struct NamedReport {
  std::string name;  // of its file, for messages
  report::Report report;
};

// All of one submission (or of none), in any order; at least one. A shard that nobody handed in is
// told in missing_shards, and the judgement is then that the harness failed: it is not known whether
// the server conforms. Throws runner::BadUsage, which names the files, when the same shard is there
// twice or the reports are not of the same run (command, strategy, seed, level, rubric, version).
report::Report MergeShards(const std::vector<NamedReport>& shards);

// The judgement of a report from its checks alone, as runner::Judge() makes it of a run.
runner::Judgement Judge(const report::Report& report);

}  // namespace eagain::grade
