#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "eagain/report/escape.h"
#include "eagain/report/formats.h"
#include "eagain/report/standing.h"

namespace eagain::report {
namespace {

// In a description and in a reason, a # would begin a directive.
std::string Plain(std::string_view text) {
  std::string plain;
  for (const char character : EscapeLine(text)) {
    if (character == '#' || character == '\\') {
      plain += '\\';
    }
    plain += character;
  }
  return plain;
}

// YAML takes what JSON writes in quotes, and so do the readers that know only a part of YAML.
std::string Scalar(std::string_view text) { return nlohmann::json(Escape(text)).dump(); }

std::string Entry(std::string_view key, std::string_view value) {
  return value.empty() ? "" : fmt::format("  {}: {}\n", key, Scalar(value));
}

std::string Entry(std::string_view key, const std::vector<std::string>& values) {
  std::string list = values.empty() ? "" : fmt::format("  {}:\n", key);
  for (const std::string& value : values) {
    list += fmt::format("    - {}\n", Scalar(value));
  }
  return list;
}

std::string Diagnostics(const CheckReport& check) {
  return "  ---\n" + Entry("severity", check.verdict) + Entry("requirement", check.requirement) +
         Entry("expected", check.expected) + Entry("actual", check.actual) +
         Entry("steps", check.steps) + Entry("faults", check.faults) +
         Entry("server_exit", check.server_exit.value_or("")) +
         Entry("server_output", check.server_output) + Entry("again", check.repro) +
         fmt::format("  duration_ms: {}\n  ...\n", check.duration_ms);
}

std::string Point(const CheckReport& check, const Report& report, size_t number) {
  const auto line = [&](std::string_view result, std::string_view directive) {
    return fmt::format("{} {} - {}{}\n", result, number, Plain(check.id), directive);
  };
  switch (StandingOf(check, report)) {
    case Standing::kPassed:
      return line("ok", "");
    case Standing::kSkipped:
      return line("ok", " # SKIP " + Plain(check.reason));
    case Standing::kUnexpectedPass:
      return line("not ok", "") +
             "  ---\n  severity: \"fail\"\n"
             "  actual: \"it passes, although it is known to fail\"\n  ...\n";
    case Standing::kKnownFailure:
      return line("not ok", " # TODO known failure " + Plain(*check.known_failure)) +
             Diagnostics(check);
    case Standing::kAdvice:
      return line("not ok", " # TODO advice") + Diagnostics(check);
    default:
      return line("not ok", "") + Diagnostics(check);
  }
}

}  // namespace

std::string RenderTap(const Report& report) {
  std::string out = fmt::format("TAP version 14\n1..{}\n", report.checks.size());
  if (report.checks.empty()) {
    out = "TAP version 14\n1..0 # SKIP no check was chosen\n";
  }
  size_t number = 0;
  for (const CheckReport& check : report.checks) {
    out += Point(check, report, ++number);
  }
  if (report.interrupted) {
    out += "Bail out! The run was cut short\n";
  }
  return out;
}

}  // namespace eagain::report
