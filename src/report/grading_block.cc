#include "eagain/report/grading_block.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "eagain/report/death.h"
#include "eagain/report/escape.h"

namespace eagain::report {
namespace {

constexpr size_t kLastLines = 20;

std::string BuildBlock(const BuildReport& build, const Style& style) {
  if (build.passed) {
    return "";
  }
  std::string out =
      style.red("BUILD FAILED") + fmt::format(" {}: {}\n", build.command, build.result);
  const std::vector<std::string_view> lines = LinesOf(build.output);
  for (size_t at = lines.size() - std::min(lines.size(), kLastLines); at < lines.size(); ++at) {
    out += "  " + style.faint("| ") + CutTo(lines[at], style.width - 4) + "\n";
  }
  return out + "\n";
}

std::string Note(const ItemReport& item) {
  std::string note = item.all_or_nothing ? "all or nothing" : "";
  if (item.visibility != "visible") {
    note += (note.empty() ? "" : ", ") + item.visibility;
  }
  return note.empty() ? "" : "  (" + note + ")";
}

}  // namespace

std::string Points(double points) {
  std::string text = fmt::format("{:.2f}", points);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) {
    text.pop_back();
  }
  return text;
}

std::string GradingBlock(const Report& report, const Style& style) {
  std::string out = report.build ? BuildBlock(*report.build, style) : "";
  if (!report.missing_shards.empty()) {
    out +=
        style.red("Missing shards: ") + fmt::format("{}. What they were to check is not known.\n\n",
                                                    fmt::join(report.missing_shards, ", "));
  }
  if (!report.grading) {
    return out;
  }
  size_t widest = 0;
  for (const ItemReport& item : report.grading->items) {
    widest = std::max(widest, Columns(item.name));
  }
  if (!report.grading->title.empty()) {
    out += "  " + style.bold(report.grading->title) + "\n";
  }
  for (const ItemReport& item : report.grading->items) {
    const std::string share =
        fmt::format("{:>6} of {:>6}", Points(item.score), Points(item.max_score));
    out += "  " + item.name + std::string(widest - Columns(item.name) + 2, ' ') +
           (item.score == item.max_score ? style.green(share) : share) + style.faint(Note(item)) +
           "\n";
  }
  const Summary summary = report.summary();
  return out + "  " +
         style.bold(
             fmt::format("Score: {} of {}", Points(summary.score), Points(summary.max_score))) +
         "\n\n";
}

}  // namespace eagain::report
