// What `eagain bench` was asked for, made of what was typed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eagain/bench/outcome.h"
#include "eagain/report/output_file.h"

namespace eagain::cli {

struct BenchArguments {
  std::vector<std::string> strategies;
  std::vector<std::string> versus;    // "CMD {port}" or "NAME=CMD {port}"
  std::string baseline;               // empty: the first
  std::vector<std::string> measures;  // of KindName; empty: all
  std::vector<int> clients{1, 50, 1000};
  std::vector<int> idle{0, 100, 300, 950, 3000, 10000};
  int pairs = 30;
  int slice_ms = 200;
  int time_limit_s = 600;
  std::optional<int> server_cpu;
  std::optional<int> load_cpu;
  std::vector<std::string> reports;  // "FORMAT=FILE"
};

struct BenchReport {
  std::string (*render)(const bench::Outcome&);
  report::OutputFile file;
};

struct BenchPlan {
  bench::BenchOptions options;
  std::vector<std::string> notes;  // what cannot be measured here, and why
  std::vector<BenchReport> reports;

  bool output_is_taken() const;  // by a report
};

// Throws runner::BadUsage, one line that says what is wrong with which option. Raises the limit of
// descriptors of this process as far as it may be: clients take one each.
BenchPlan PlanBench(const BenchArguments& arguments);

}  // namespace eagain::cli
