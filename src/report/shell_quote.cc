#include "eagain/report/shell_quote.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "eagain/report/escape.h"

namespace eagain::report {
namespace {

// Braces are special to a shell only around a comma or two dots.
bool IsPlain(std::string_view word) {
  constexpr std::string_view kPlain = "_@%+=:./-{}";
  return !word.empty() && word.front() != '=' && word != "{" && word != "}" &&
         (word.find('{') == std::string_view::npos || word.find("..") == std::string_view::npos) &&
         std::all_of(word.begin(), word.end(), [&](char byte) {
           const auto value = static_cast<unsigned char>(byte);
           return value < 0x80 && (std::isalnum(value) != 0 || kPlain.find(byte) != kPlain.npos);
         });
}

std::string InAnsiQuotes(std::string_view word) {
  std::string quoted = "$'";
  for (const char byte : word) {
    const auto value = static_cast<unsigned char>(byte);
    if (byte == '\'' || byte == '\\') {
      quoted += '\\';
      quoted += byte;
    } else if (value < 0x20 || value >= 0x7f) {
      quoted += fmt::format("\\{:03o}", value);
    } else {
      quoted += byte;
    }
  }
  return quoted + "'";
}

}  // namespace

std::string ShellQuoted(std::string_view word) {
  if (IsPlain(word)) {
    return std::string(word);
  }
  if (EscapeLine(word) != word) {
    return InAnsiQuotes(word);
  }
  std::string quoted = "'";
  for (const char byte : word) {
    quoted += byte == '\'' ? "'\\''" : std::string(1, byte);
  }
  return quoted + "'";
}

std::string ShellCommand(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words) {
    command += (command.empty() ? "" : " ") + ShellQuoted(word);
  }
  return command;
}

}  // namespace eagain::report
