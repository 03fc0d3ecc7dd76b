#include <fmt/format.h>

#include <pugixml.hpp>
#include <sstream>

#include "eagain/report/escape.h"
#include "eagain/report/failure_block.h"
#include "eagain/report/formats.h"
#include "eagain/report/standing.h"

namespace eagain::report {
namespace {

struct Counts {
  int tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
  int64_t ms = 0;
};

// XML 1.0 has no way to write most control characters, not even as references. A report has none of its
// own, but it may have been read from a file that anybody wrote.
std::string Legal(std::string_view text) { return Escape(text); }

std::string Seconds(int64_t ms) { return fmt::format("{:.3f}", static_cast<double>(ms) / 1000.0); }

std::string FirstLine(std::string_view text) { return Legal(text.substr(0, text.find('\n'))); }

void Count(const std::vector<const CheckReport*>& checks, const Report& report, Counts& counts) {
  for (const CheckReport* check : checks) {
    const Standing standing = StandingOf(*check, report);
    ++counts.tests;
    counts.ms += check->duration_ms;
    if (CountsAgainst(standing)) {
      ++counts.failures;
    } else if (standing == Standing::kHarnessError) {
      ++counts.errors;
    } else if (standing != Standing::kPassed) {
      ++counts.skipped;
    }
  }
}

void Write(const Counts& counts, pugi::xml_node node) {
  node.append_attribute("tests") = counts.tests;
  node.append_attribute("failures") = counts.failures;
  node.append_attribute("errors") = counts.errors;
  node.append_attribute("skipped") = counts.skipped;
  node.append_attribute("time") = Seconds(counts.ms).c_str();
}

void AddResult(pugi::xml_node test, const char* name, std::string_view message,
               std::string_view type, std::string_view text) {
  pugi::xml_node node = test.append_child(name);
  node.append_attribute("message") = FirstLine(message).c_str();
  if (!type.empty()) {
    node.append_attribute("type") = std::string(type).c_str();
  }
  if (!text.empty()) {
    node.text() = Legal(text).c_str();
  }
}

std::string WhyItDoesNotCount(const CheckReport& check, Standing standing) {
  if (standing == Standing::kKnownFailure) {
    return "fails, as known: " + *check.known_failure;
  }
  return standing == Standing::kAdvice ? "advice, which does not count: " + check.actual
                                       : check.reason;
}

void AddCheck(const CheckReport& check, const Report& report, pugi::xml_node suite) {
  pugi::xml_node test = suite.append_child("testcase");
  const size_t slash = check.id.find('/');
  test.append_attribute("name") = Legal(check.id.substr(slash + 1)).c_str();
  // Jenkins takes what is before the last dot for a package.
  test.append_attribute("classname") = Legal("eagain." + check.family).c_str();
  test.append_attribute("time") = Seconds(check.duration_ms).c_str();
  const std::string block = PlainFailureBlock(check, report);
  const Standing standing = StandingOf(check, report);
  switch (standing) {
    case Standing::kPassed:
      break;
    case Standing::kUnexpectedPass:
      AddResult(test, "failure", "passes, although it is known to fail", "unexpected-pass", {});
      break;
    case Standing::kFailed:
    case Standing::kTimedOut:
      AddResult(test, "failure", check.actual, check.verdict, block);
      break;
    case Standing::kHarnessError:
      AddResult(test, "error", check.actual, "harness", block);
      break;
    case Standing::kKnownFailure:
    case Standing::kAdvice:
    case Standing::kSkipped:
      AddResult(test, "skipped", WhyItDoesNotCount(check, standing), {}, {});
      break;
  }
  if (!check.server_output.empty()) {
    test.append_child("system-out").text() = Legal(check.server_output).c_str();
  }
}

// JUnit's timestamps have no zone.
std::string Timestamp(const Report& report) {
  const std::string& started = report.started;
  return Legal(started.ends_with('Z') ? started.substr(0, started.size() - 1) : started);
}

}  // namespace

std::string RenderJunit(const Report& report) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  pugi::xml_node all = document.append_child("testsuites");
  all.append_attribute("name") = "eagain";
  const std::vector<Family> families = ByFamily(report);
  Counts total;
  for (const auto& [family, checks] : families) {
    Count(checks, report, total);
  }
  Write(total, all);
  for (const auto& [family, checks] : families) {
    pugi::xml_node suite = all.append_child("testsuite");
    suite.append_attribute("name") = Legal(family).c_str();
    Counts counts;
    Count(checks, report, counts);
    Write(counts, suite);
    suite.append_attribute("timestamp") = Timestamp(report).c_str();
    for (const CheckReport* check : checks) {
      AddCheck(*check, report, suite);
    }
  }
  std::ostringstream out;
  document.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
  return out.str();
}

}  // namespace eagain::report
