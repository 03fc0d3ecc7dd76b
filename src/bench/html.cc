#include <fmt/format.h>

#include "eagain/bench/drawing.h"
#include "eagain/bench/table.h"

namespace eagain::bench {
namespace {

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="eagain">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Servers side by side</title>
<style>
:root { color-scheme: light dark; --page: #fbfaf8; --card: #fff; --ink: #1d1f24; --soft: #5d626d; --line: #e2dfd8; }
@media (prefers-color-scheme: dark) {
  :root { --page: #14161a; --card: #1c1f25; --ink: #e9e7e2; --soft: #a2a7b1; --line: #33373f; }
}
body { margin: 0 auto; max-width: 68rem; padding: 2.5rem 1.25rem 4rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
h1 { font-size: 2.1rem; line-height: 1.15; letter-spacing: -.02em; font-weight: 650; margin: 0 0 1rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; text-wrap: balance; }
p, ul { margin: .3rem 0; color: var(--soft); }
code { font: .875rem ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
figure { margin: 1.5rem 0; overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; }
figure svg { display: block; width: 100%; height: auto; min-width: 44rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .25rem .75rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 500; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
</style>
</head>
<body>
<h1>Servers side by side</h1>
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
  std::string html(kHead);
  html += "<p><code>" + XmlText(outcome.command) + "</code></p>\n<ul>\n";
  for (const std::string& line : Preface(outcome)) {
    html += "<li>" + XmlText(line) + "</li>\n";
  }
  html += "</ul>\n<figure>\n" + RenderSvg(outcome) + "</figure>\n";
  for (const Table& table : TablesOf(outcome)) {
    html += Render(table);
  }
  return html + fmt::format("<p>eagain {}, {}</p>\n</body>\n</html>\n", XmlText(outcome.version),
                            XmlText(outcome.started));
}

}  // namespace eagain::bench
