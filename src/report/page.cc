#include "eagain/report/page.h"

#include <fmt/format.h>

#include "eagain/report/escape.h"

namespace eagain::report {
namespace {

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="eagain">
)";

constexpr std::string_view kStyle = R"(
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
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .25rem .75rem; text-align: left; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 500; }
th:first-child, td:first-child { padding-left: 0; }
@media print { body { max-width: none; margin: 0; } }
)";

}  // namespace

std::string XmlText(std::string_view text) {
  std::string escaped;
  for (const char character : EscapeLine(text)) {
    switch (character) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += character;
    }
  }
  return escaped;
}

std::string RenderPage(const Page& page) {
  const std::string title = XmlText(page.title);
  const bool scripted = !page.script.empty();
  return fmt::format(
      "{}<meta http-equiv=\"Content-Security-Policy\"\n"
      "      content=\"default-src 'none'; style-src 'unsafe-inline'{}\">\n"
      "<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n<h1>{}</h1>\n{}{}</body>\n</"
      "html>\n",
      kHead, scripted ? "; script-src 'unsafe-inline'" : "", title, kStyle, page.style, title,
      page.body, scripted ? fmt::format("<script>{}</script>\n", page.script) : "");
}

}  // namespace eagain::report
