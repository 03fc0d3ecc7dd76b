// The class report as a page that needs nothing else: a table that sorts by a click on its heads, the
// spread of the scores, and the checks that fail most.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "eagain/grade/class_report.h"
#include "eagain/report/grading_block.h"
#include "eagain/report/page.h"

namespace eagain::grade {
namespace {

using report::Points;
using report::RenderPage;
using report::XmlText;

constexpr std::string_view kStyle = R"(
:root { --bar: #0072b2; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --bar: #62b8ee; --bad: #ff8a80; } }
table { width: 100%; }
td.n, th.n { text-align: right; }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--bar); }
.bar { background: var(--bar); height: 1rem; min-width: 2px; }
.bad { color: var(--bad); }
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

std::string Head(std::string_view name, bool number) {
  return fmt::format("<th scope=\"col\"{}><button>{}</button></th>", number ? " class=\"n\"" : "",
                     XmlText(name));
}

std::string Table(const ClassReport& report) {
  std::string out = "<div class=\"scroll\"><table><thead><tr>" + Head("Submission", false) +
                    Head("Score", true) + Head("of", true);
  for (const std::string& item : report.items) {
    out += Head(item, true);
  }
  out += Head("Note", false) + "</tr></thead>\n<tbody>\n";
  const auto number = [](double value) {
    return fmt::format("<td class=\"n\" data-v=\"{}\">{}</td>", value, Points(value));
  };
  for (const ClassRow& row : report.rows) {
    out += fmt::format("<tr><td>{}</td>", XmlText(row.name)) + number(row.score) +
           number(row.max_score);
    for (const std::string& item : report.items) {
      const auto found = row.items.find(item);
      out += found == row.items.end() ? "<td></td>" : number(found->second.score);
    }
    out += fmt::format("<td class=\"bad\">{}</td></tr>\n", XmlText(row.note));
  }
  return out + "</tbody></table></div>\n";
}

std::string BarRow(std::string_view label, int count, int most) {
  return fmt::format(
      "<tr><td>{}</td><td class=\"n\">{}</td><td style=\"width:60%\"><div class=\"bar\" "
      "style=\"width:{:.1f}%\"{}></div></td></tr>\n",
      XmlText(label), count, 100.0 * count / std::max(most, 1), count == 0 ? " hidden" : "");
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
                       XmlText(fmt::format("{}", fmt::join(report.missing, ", "))));
  }
  if (!report.missing_shards.empty()) {
    out += fmt::format("<p class=\"bad\">Missing shards: {}</p>\n",
                       fmt::join(report.missing_shards, ", "));
  }
  return out;
}

}  // namespace

std::string RenderClassHtml(const ClassReport& report) {
  return RenderPage({.title = report.title.empty() ? "Submissions" : report.title,
                     .style = kStyle,
                     .body = fmt::format("<p>{} submissions.</p>\n", report.rows.size()) +
                             Missing(report) + Table(report) +
                             (report.rows.empty() ? "" : Spread(report)) + Failures(report),
                     .script = kScript});
}

}  // namespace eagain::grade
