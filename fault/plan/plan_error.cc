#include <fmt/format.h>

#include "eagain/fault/plan/parser.h"

namespace eagain::fault {
namespace {

// A plan may come from anybody: nothing in it reaches a terminal raw.
std::string Printable(std::string_view text) {
  std::string printable(text);
  for (char& c : printable) {
    if (c != '\t' && (c < ' ' || c > '~')) {
      c = '?';
    }
  }
  return printable;
}

}  // namespace

std::string PlanError::text() const {
  if (line == 0) {
    return fmt::format("{}: {}\n", file, reason);
  }
  std::string margin = source.substr(0, column - 1);
  margin.resize(column - 1, ' ');
  for (char& c : margin) {
    c = c == '\t' ? '\t' : ' ';
  }
  std::string shown =
      fmt::format("{}:{}:{}: {}\n  {}\n  {}^{}\n", file, line, column, Printable(reason),
                  Printable(source), margin, std::string(length - 1, '~'));
  if (!hint.empty()) {
    shown += fmt::format("  {}\n", hint);
  }
  return shown;
}

std::string ParsedPlan::error_text() const {
  std::string text;
  for (const PlanError& error : errors) {
    text += error.text();
  }
  return text;
}

}  // namespace eagain::fault
