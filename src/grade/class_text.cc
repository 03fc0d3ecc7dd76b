// The class report for a terminal, and for a spreadsheet.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "eagain/grade/class_report.h"
#include "eagain/report/escape.h"
#include "eagain/report/grading_block.h"

namespace eagain::grade {
namespace {

using report::Points;

constexpr size_t kMostFailed = 10;

std::string Bar(int count, int most) {
  constexpr int kWidth = 40;
  return count == 0
             ? ""
             : "  " + std::string(static_cast<size_t>(std::max(count * kWidth / most, 1)), '#');
}

std::string Spread(const ClassReport& report) {
  const Distribution spread = DistributionOf(report);
  std::string out = fmt::format("  mean {:.1f} %, median {:.1f} %, from {:.1f} % to {:.1f} %\n",
                                spread.mean, spread.median, spread.lowest, spread.highest);
  const int most = *std::max_element(spread.tenths.begin(), spread.tenths.end());
  for (size_t tenth = 0; tenth < spread.tenths.size(); ++tenth) {
    out += fmt::format("  {:>3} - {:>3} %  {:>4}{}\n", tenth * 10, tenth * 10 + 10,
                       spread.tenths[tenth], Bar(spread.tenths[tenth], most));
  }
  return out;
}

std::string Field(std::string_view text) {
  std::string field(text);
  if (!field.empty() && std::string_view("=+-@\t\r").find(field[0]) != std::string_view::npos) {
    field.insert(0, "'");
  }
  if (field.find_first_of(",\"\r\n") == std::string::npos) {
    return field;
  }
  std::string quoted = "\"";
  for (const char c : field) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

}  // namespace

std::string RenderClassText(const ClassReport& report, const report::Style& style) {
  size_t widest = 0;
  for (const ClassRow& row : report.rows) {
    widest = std::max(widest, report::Columns(row.name));
  }
  std::string out = report.title.empty() ? "" : "  " + style.bold(report.title) + "\n";
  for (const ClassRow& row : report.rows) {
    out += fmt::format("  {}{}  {:>6} of {:>6}{}\n", row.name,
                       std::string(widest - report::Columns(row.name), ' '), Points(row.score),
                       Points(row.max_score), row.note.empty() ? "" : "  " + row.note);
  }
  out += fmt::format("\n{}\n", style.bold(fmt::format("{} submissions", report.rows.size())));
  if (!report.rows.empty()) {
    out += Spread(report);
  }
  const std::vector<CheckTally> failed = FailedMost(report);
  for (size_t at = 0; at < std::min(failed.size(), kMostFailed); ++at) {
    out += (at == 0 ? "\nWhat fails most:\n" : "") +
           fmt::format("  {:>4} of {:>4}  {}\n", failed[at].failed, failed[at].of, failed[at].id);
  }
  if (!report.missing.empty()) {
    out += "\n" + style.red("Not graded: ") + fmt::format("{}\n", fmt::join(report.missing, ", "));
  }
  if (!report.missing_shards.empty()) {
    out += "\n" + style.red("Missing shards: ") +
           fmt::format("{}\n", fmt::join(report.missing_shards, ", "));
  }
  return out;
}

std::string RenderClassCsv(const ClassReport& report) {
  std::string out = "submission,score,max_score,judgement,note";
  for (const std::string& item : report.items) {
    out += "," + Field(item);
  }
  out += "\r\n";
  for (const ClassRow& row : report.rows) {
    out += fmt::format("{},{},{},{},{}", Field(row.name), Points(row.score), Points(row.max_score),
                       Field(row.judgement), Field(row.note));
    for (const std::string& item : report.items) {
      const auto found = row.items.find(item);
      out += "," + (found == row.items.end() ? "" : Points(found->second.score));
    }
    out += "\r\n";
  }
  for (const std::string& name : report.missing) {
    out +=
        fmt::format("{},,,,not graded{}\r\n", Field(name), std::string(report.items.size(), ','));
  }
  return out;
}

}  // namespace eagain::grade
