#include "eagain/report/death.h"

#include <algorithm>
#include <cctype>

namespace eagain::report {
namespace {

// A traceback's innermost place, the line of code there, and the error.
constexpr size_t kTellingLines = 4;

// Sanitizers end with lines that are the same for all errors.
constexpr std::string_view kSanitizerSummary = "SUMMARY: ";

// What is said in general, before what is said of this case.
std::string_view General(std::string_view line) { return line.substr(0, line.find(": ")); }

// "after 1,024 of 65,536 bytes" and "after 17 of 40 bytes" are alike.
std::string WithoutNumbers(std::string_view text) {
  const auto digit = [&](size_t at) {
    return at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0;
  };
  std::string general;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool within = !general.empty() && general.back() == '#';
    const bool of_number = digit(at) || (within && text[at] == ',' && digit(at + 1));
    if (!of_number) {
      general += text[at];
    } else if (!within) {
      general += '#';
    }
  }
  return general;
}

std::vector<std::string_view> SpokenLines(std::string_view text) {
  std::vector<std::string_view> lines = LinesOf(text);
  lines.erase(std::remove_if(lines.begin(), lines.end(),
                             [](std::string_view line) {
                               return line.find_first_not_of(" \t") == std::string_view::npos;
                             }),
              lines.end());
  return lines;
}

}  // namespace

std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string DeathOf(const CheckReport& check) {
  const std::vector<std::string_view> lines = SpokenLines(check.server_output);
  if (!check.server_exit || lines.empty()) {
    return {};
  }
  const std::string symptom = WithoutNumbers(LinesOf(check.actual + "\n").front()) + '\n';
  for (const std::string_view line : lines) {
    if (line.substr(0, kSanitizerSummary.size()) == kSanitizerSummary) {
      return symptom + std::string(line);
    }
  }
  // A program that is killed has no last words: those it said before tell nothing. abort(3) has.
  const bool killed = check.server_exit->find("killed by") != std::string::npos;
  if (killed && check.server_exit->find("SIGABRT") == std::string::npos) {
    return {};
  }
  std::string death = symptom + *check.server_exit;
  const size_t first = lines.size() - std::min(lines.size(), kTellingLines);
  for (size_t at = first; at + 1 < lines.size(); ++at) {
    death += '\n' + std::string(lines[at]);
  }
  return death + '\n' + WithoutNumbers(General(lines.back()));
}

std::string DeathInWords(const CheckReport& check) {
  const std::vector<std::string_view> lines = SpokenLines(check.server_output);
  std::string words = check.server_exit.value_or("");
  if (!lines.empty()) {
    words += ", " + std::string(General(lines.back()));
  }
  return words;
}

}  // namespace eagain::report
