#include <fmt/format.h>

#include <utility>

#include "eagain/bench/drawing.h"
#include "eagain/bench/table.h"
#include "eagain/report/page.h"

namespace eagain::bench {
namespace {

using report::XmlText;

constexpr std::string_view kStyle = R"(
figure { margin: 1.5rem 0; overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; }
figure svg { display: block; width: 100%; height: auto; min-width: 44rem; }
th, td { text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
)";

std::string Row(const std::vector<std::string>& cells, std::string_view element) {
  std::string row = "<tr>";
  for (const std::string& cell : cells) {
    row += fmt::format("<{0}>{1}</{0}>", element, XmlText(cell));
  }
  return row + "</tr>\n";
}

std::string Render(const Table& table) {
  std::string html = fmt::format(
      "<section>\n<h2>{}</h2>\n<div class=\"scroll\"><table>\n<thead>{}</thead>\n<tbody>\n",
      XmlText(table.title), Row(table.columns, "th"));
  for (const std::vector<std::string>& row : table.rows) {
    html += Row(row, "td");
  }
  html += "</tbody></table></div>\n";
  for (const std::string& note : table.notes) {
    html += "<p>" + XmlText(note) + "</p>\n";
  }
  return html + "</section>\n";
}

}  // namespace

std::string RenderHtml(const Outcome& outcome) {
  std::string html = "<p><code>" + XmlText(outcome.command) + "</code></p>\n<ul>\n";
  for (const std::string& line : Preface(outcome)) {
    html += "<li>" + XmlText(line) + "</li>\n";
  }
  html += "</ul>\n<figure>\n" + RenderSvg(outcome) + "</figure>\n";
  for (const Table& table : TablesOf(outcome)) {
    html += Render(table);
  }
  html += fmt::format("<p>eagain {}, {}</p>\n", XmlText(outcome.version), XmlText(outcome.started));
  return report::RenderPage(
      {.title = "Servers side by side", .style = kStyle, .body = std::move(html)});
}

}  // namespace eagain::bench
