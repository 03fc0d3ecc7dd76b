#include <fmt/format.h>

#include <algorithm>

#include "eagain/bench/table.h"
#include "eagain/report/escape.h"

namespace eagain::bench {
namespace {

std::string Padded(const std::string& text, size_t width, bool left) {
  const std::string fill(width - std::min(width, report::Columns(text)), ' ');
  return left ? text + fill : fill + text;
}

std::string Line(const std::vector<std::string>& cells, const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    line += (i > 0 ? "  " : "") + Padded(cells[i], widths[i], i == 0);
  }
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

std::string Render(const Table& table, const report::Style& style) {
  std::vector<size_t> widths;
  for (const std::string& column : table.columns) {
    widths.push_back(report::Columns(column));
  }
  for (const std::vector<std::string>& row : table.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], report::Columns(row[i]));
    }
  }
  std::string text =
      "\n" + style.bold(table.title) + "\n" + style.faint(Line(table.columns, widths)) + "\n";
  for (const std::vector<std::string>& row : table.rows) {
    text += Line(row, widths) + "\n";
  }
  for (const std::string& note : table.notes) {
    text += report::Wrapped("  " + report::EscapeLine(note), 4, style.width) + "\n";
  }
  return text;
}

}  // namespace

std::string RenderTable(const Outcome& outcome, const report::Style& style) {
  std::string text;
  for (const std::string& line : Preface(outcome)) {
    text += report::Wrapped(report::EscapeLine(line), 2, style.width) + "\n";
  }
  const std::vector<Table> tables = TablesOf(outcome);
  if (tables.empty()) {
    text += "nothing was measured\n";
  }
  for (const Table& table : tables) {
    text += Render(table, style);
  }
  return text;
}

}  // namespace eagain::bench
