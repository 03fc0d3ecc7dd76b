// The class report as a page that needs nothing else: a table that sorts by a click on its heads, the
// spread of the scores, and the checks that fail most.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "eagain/grade/class_report.h"
#include "eagain/report/grading_block.h"

namespace eagain::grade {
namespace {

using report::Points;

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --line: #8884; --bar: #2a7ab0; --bad: #c0392b; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
.wide { overflow-x: auto; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--bar); }
.bar { background: var(--bar); height: 1rem; min-width: 2px; }
.bad { color: var(--bad); }
@media (prefers-color-scheme: dark) { :root { --bar: #5aa9dd; --bad: #ff8a7a; } }
@media print { body { max-width: none; margin: 0; } }
)";

// Each head is a button that sorts the rows by its column: down first, up when pressed again.
constexpr std::string_view kScript = R"(
for (const button of document.querySelectorAll("th button")) button.onclick = () => {
  const head = button.parentElement, body = head.closest("table").tBodies[0];
  const at = head.cellIndex, down = head.getAttribute("aria-sort") !== "descending";
  const key = row => row.cells[at].dataset.v ?? row.cells[at].textContent;
  const number = v => v !== "" && !isNaN(v);
  const rows = [...body.rows].sort((a, b) => {
    const x = key(a), y = key(b);
    return number(x) && number(y) ? x - y : String(x).localeCompare(y);
  });
  body.append(...(down ? rows.reverse() : rows));
  for (const th of head.parentElement.cells) th.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
};
)";

std::string Html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string Head(std::string_view name, bool number) {
  return fmt::format("<th scope=\"col\"{}><button>{}</button></th>", number ? " class=\"n\"" : "",
                     Html(name));
}

std::string Table(const ClassReport& report) {
  std::string out = "<div class=\"wide\"><table><thead><tr>" + Head("Submission", false) +
                    Head("Score", true) + Head("of", true);
  for (const std::string& item : report.items) {
    out += Head(item, true);
  }
  out += Head("Note", false) + "</tr></thead>\n<tbody>\n";
  const auto number = [](double value) {
    return fmt::format("<td class=\"n\" data-v=\"{}\">{}</td>", value, Points(value));
  };
  for (const ClassRow& row : report.rows) {
    out +=
        fmt::format("<tr><td>{}</td>", Html(row.name)) + number(row.score) + number(row.max_score);
    for (const std::string& item : report.items) {
      const auto found = row.items.find(item);
      out += found == row.items.end() ? "<td></td>" : number(found->second.score);
    }
    out += fmt::format("<td class=\"bad\">{}</td></tr>\n", Html(row.note));
  }
  return out + "</tbody></table></div>\n";
}

std::string BarRow(std::string_view label, int count, int most) {
  return fmt::format(
      "<tr><td>{}</td><td class=\"n\">{}</td><td style=\"width:60%\"><div class=\"bar\" "
      "style=\"width:{:.1f}%\"{}></div></td></tr>\n",
      Html(label), count, 100.0 * count / std::max(most, 1), count == 0 ? " hidden" : "");
}

std::string Spread(const ClassReport& report) {
  const Distribution spread = DistributionOf(report);
  std::string out = fmt::format(
      "<h2>Scores</h2>\n<p>Mean {:.1f} %, median {:.1f} %, from {:.1f} % to {:.1f} "
      "%.</p>\n<table>\n",
      spread.mean, spread.median, spread.lowest, spread.highest);
  const int most = *std::max_element(spread.tenths.begin(), spread.tenths.end());
  for (size_t tenth = 0; tenth < spread.tenths.size(); ++tenth) {
    out +=
        BarRow(fmt::format("{} to {} %", tenth * 10, tenth * 10 + 10), spread.tenths[tenth], most);
  }
  return out + "</table>\n";
}

std::string Failures(const ClassReport& report) {
  const std::vector<CheckTally> failed = FailedMost(report);
  if (failed.empty()) {
    return "";
  }
  std::string out = "<h2>What fails most</h2>\n<table>\n";
  for (const CheckTally& tally : failed) {
    out += BarRow(tally.id, tally.failed, failed.front().failed);
  }
  return out + "</table>\n";
}

std::string Missing(const ClassReport& report) {
  std::string out;
  if (!report.missing.empty()) {
    out += fmt::format("<p class=\"bad\">Not graded: {}</p>\n",
                       Html(fmt::format("{}", fmt::join(report.missing, ", "))));
  }
  if (!report.missing_shards.empty()) {
    out += fmt::format("<p class=\"bad\">Missing shards: {}</p>\n",
                       fmt::join(report.missing_shards, ", "));
  }
  return out;
}

}  // namespace

std::string RenderClassHtml(const ClassReport& report) {
  const std::string title = Html(report.title.empty() ? "Submissions" : report.title);
  return fmt::format(
             "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title>{}</title>\n<style>{}</style></head>\n<body>\n<h1>{}</h1>\n"
             "<p>{} submissions.</p>\n",
             title, kStyle, title, report.rows.size()) +
         Missing(report) + Table(report) + (report.rows.empty() ? "" : Spread(report)) +
         Failures(report) + fmt::format("<script>{}</script>\n</body></html>\n", kScript);
}

}  // namespace eagain::grade
