// The legality table as a person reads it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "eagain/fault/plan/errno_name.h"
#include "eagain/fault/plan/legality.h"

namespace eagain::fault {
namespace {

std::string EffectText(const LegalityRow& row) {
  switch (row.effect) {
    case Effect::kShort:
      return "short N";
    case Effect::kOnly:
      return "only N";
    case Effect::kReordered:
      return "reordered";
    case Effect::kDelay:
      return "delay TIME";
    case Effect::kReset:
      return "reset";
    case Effect::kFails:
      break;
  }
  std::string text;
  for (const int number : row.errnos) {
    if (number != 0) {
      text += (text.empty() ? "" : ", ") + ErrnoName(number);
    }
  }
  return text;
}

// Lines of whole words of at most `width` characters.
std::vector<std::string> Wrap(std::string_view text, size_t width) {
  std::vector<std::string> lines;
  while (text.size() > width) {
    const size_t space = text.rfind(' ', width);
    const size_t end = space == std::string_view::npos ? text.size() : space;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  lines.emplace_back(text);
  return lines;
}

constexpr std::array<size_t, 4> kWidths = {24, 30, 40, 24};
using Cells = std::array<std::string, kWidths.size()>;

std::string RowText(const Cells& cells) {
  std::array<std::vector<std::string>, kWidths.size()> columns;
  size_t height = 0;
  for (size_t i = 0; i < cells.size(); ++i) {
    columns[i] = Wrap(cells[i], kWidths[i]);
    height = std::max(height, columns[i].size());
  }
  std::string text;
  for (size_t line = 0; line < height; ++line) {
    std::string row;
    for (size_t i = 0; i < cells.size(); ++i) {
      row += fmt::format("{:<{}}  ", line < columns[i].size() ? columns[i][line] : "", kWidths[i]);
    }
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + "\n";
  }
  return text;
}

std::string MembersText(Family family) {
  std::string text;
  for (const Call call : Members(CallsOf(family))) {
    text += (text.empty() ? "" : ", ") + std::string(CallName(call));
  }
  return text;
}

}  // namespace

std::string RenderLegalityTable() {
  std::string text = RowText({"CALL", "OUTCOME", "LEGAL WHEN", "REFERENCE"});
  for (const LegalityRow& row : LegalityTable()) {
    const std::string condition(ConditionText(row.condition));
    text += RowText({DescribeCalls(row.calls), EffectText(row),
                     condition + (row.level == Level::kShould ? " (SHOULD)" : ""),
                     std::string(row.reference)});
  }
  text += "\n";
  for (const Family family : kFamilies) {
    text += fmt::format("{} is {}\n", FamilyName(family), MembersText(family));
  }
  return text;
}

}  // namespace eagain::fault
