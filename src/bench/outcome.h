// All that a run says, as the reports need it; which reports there are.
#pragma once

#include <string>

#include "eagain/bench/bench.h"
#include "eagain/report/style.h"

namespace eagain::bench {

struct Outcome {
  std::string version;
  std::string started;             // UTC, ISO 8601
  std::string command;             // that makes it again
  std::string kernel;              // "Linux 6.1.0"
  std::vector<std::string> notes;  // what could not be measured here, and why
  BenchOptions options;
  BenchResult result;
};

// For a terminal: a table a measure, servers in rows.
std::string RenderTable(const Outcome& outcome, const report::Style& style);

// eagain/bench/v1: every sample, and the medians and ratios made of them.
std::string RenderJson(const Outcome& outcome);

// The figures: ratios with their confidence intervals, and cost against the number of idle clients.
// One SVG file that needs nothing else, light or dark as the reader has it.
std::string RenderSvg(const Outcome& outcome);

// One file with the tables and the figures in it; no script, no network.
std::string RenderHtml(const Outcome& outcome);

}  // namespace eagain::bench
