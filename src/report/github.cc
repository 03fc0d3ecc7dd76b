#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>

#include "eagain/report/escape.h"
#include "eagain/report/failure_block.h"
#include "eagain/report/formats.h"
#include "eagain/report/grading_block.h"
#include "eagain/report/standing.h"

namespace eagain::report {
namespace {

// Of one step, GitHub shows ten annotations of a kind, and takes 1 MiB of summary.
constexpr size_t kMostAnnotations = 10;
constexpr size_t kMostSummary = 1000 * 1000;
constexpr size_t kMostBlock = 20 * 1000;

using Checks = std::vector<const CheckReport*>;

template <typename Predicate>
Checks Where(const Report& report, Predicate predicate) {
  Checks found;
  for (const CheckReport& check : report.checks) {
    if (predicate(StandingOf(check, report))) {
      found.push_back(&check);
    }
  }
  return found;
}

bool IsTrouble(Standing standing) {
  return CountsAgainst(standing) || standing == Standing::kHarnessError;
}

// What a workflow command takes as data, and what as a property
// (github.com/actions/toolkit, packages/core/src/command.ts).
std::string Data(std::string_view text) {
  std::string data;
  for (const char character : text) {
    switch (character) {
      case '%':
        data += "%25";
        break;
      case '\r':
        data += "%0D";
        break;
      case '\n':
        data += "%0A";
        break;
      default:
        data += character;
    }
  }
  return data;
}

std::string Property(std::string_view text) {
  std::string property;
  for (const char character : Data(text)) {
    property += character == ':' ? "%3A" : character == ',' ? "%2C" : std::string(1, character);
  }
  return property;
}

std::string Annotation(std::string_view command, std::string_view title, std::string_view text) {
  return fmt::format("::{} title={}::{}\n", command, Property(EscapeLine(title)),
                     Data(Escape(text)));
}

std::string WhatHappened(const CheckReport& check) {
  return fmt::format(
      "{}\nexpected: {}\nactual: {}\nagain: {}", check.requirement, check.expected,
      check.unexpected_pass ? "it passes, although it is known to fail" : check.actual,
      check.repro);
}

std::string Names(const Checks& checks) {
  std::vector<std::string> names;
  for (const CheckReport* check : checks) {
    names.push_back(check->id);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// Too many for one each: one a family, of which the first failure is told.
std::vector<std::string> AnnotationsByFamily(const Checks& failed) {
  std::vector<std::string> annotations;
  for (const auto& [family, checks] : ByFamily(failed)) {
    const CheckReport& first = *checks.front();
    annotations.push_back(Annotation(
        "error", fmt::format("{}: {} of the checks fail", family, checks.size()),
        fmt::format("{}\n\nthe first, {}: {}", Names(checks), first.id, WhatHappened(first))));
  }
  return annotations;
}

std::string Annotations(const Report& report) {
  const Checks failed = Where(report, IsTrouble);
  const Checks advice = Where(report, [](Standing one) { return one == Standing::kAdvice; });
  const size_t room = kMostAnnotations - (advice.empty() ? 0 : 1);
  std::vector<std::string> annotations;
  if (failed.size() <= room) {
    for (const CheckReport* check : failed) {
      annotations.push_back(Annotation("error", check->id, WhatHappened(*check)));
    }
  } else {
    annotations = AnnotationsByFamily(failed);
  }
  if (annotations.size() > room) {
    annotations.resize(room - 1);
    annotations.push_back(Annotation("error", fmt::format("{} checks fail", failed.size()),
                                     "all of them: " + Names(failed)));
  }
  if (!advice.empty()) {
    annotations.push_back(Annotation("notice", "advice", "these do not count: " + Names(advice)));
  }
  return fmt::format("{}", fmt::join(annotations, ""));
}

// Nobody can guess it: a server has ended long before it is made.
std::string Token() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

// A block of code whose text cannot end it: the fence is longer than any run of backticks in it.
std::string Fenced(std::string_view text) {
  size_t longest = 2;
  size_t run = 0;
  for (const char character : text) {
    run = character == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fmt::format("{}text\n{}{}{}\n", fence, text, text.ends_with('\n') ? "" : "\n", fence);
}

std::string Cut(std::string text, size_t most) {
  if (text.size() > most) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80U) {
      --most;
    }
    text.resize(most);
    text += "\n...\n";
  }
  return text;
}

// In a cell of a table.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char character : EscapeLine(text)) {
    cell += std::string_view("\\`*_{}[]<>|#&").find(character) != std::string_view::npos
                ? fmt::format("&#{};", static_cast<int>(character))
                : std::string(1, character);
  }
  return cell;
}

std::string MarksTable(const Report& report) {
  if (!report.grading) {
    return "";
  }
  std::string table = "| item | points |\n|---|---|\n";
  for (const ItemReport& item : report.grading->items) {
    table += fmt::format("| {} | {} of {} |\n", Cell(item.name), Points(item.score),
                         Points(item.max_score));
  }
  return table + "\n";
}

std::string BuildDetails(const Report& report) {
  if (!report.build || report.build->passed) {
    return "";
  }
  return fmt::format("The build failed:\n\n{}\n",
                     Fenced(Cut(fmt::format("{}: {}\n{}", report.build->command,
                                            report.build->result, report.build->output),
                                kMostBlock)));
}

std::string FamilyTable(const Report& report) {
  std::string table = "| family | passed | failed |\n|---|---|---|\n";
  for (const auto& [family, checks] : ByFamily(report)) {
    int passed = 0;
    std::vector<std::string> failed;
    for (const CheckReport* check : checks) {
      const Standing standing = StandingOf(*check, report);
      passed += standing == Standing::kPassed ? 1 : 0;
      if (IsTrouble(standing)) {
        failed.push_back("`" + check->id.substr(check->id.find('/') + 1) + "`");
      }
    }
    table += fmt::format("| {} | {} of {} | {} |\n", family, passed, checks.size(),
                         fmt::join(failed, " "));
  }
  return table;
}

std::string Details(const CheckReport& check, const Report& report) {
  const std::string block = PlainFailureBlock(check, report);
  return fmt::format("<details><summary><code>{}</code> {}</summary>\n\n{}\n</details>\n\n",
                     check.id, check.requirement, Fenced(Cut(Escape(block), kMostBlock)));
}

}  // namespace

std::string RenderGithubSummary(const Report& all) {
  const Report report = WithoutHidden(all);
  const Summary summary = report.summary();
  std::string out = fmt::format("## {}\n\n{} of {} points; {} of {} checks passed.\n\n",
                                JudgementSentence(report), Points(summary.score),
                                Points(summary.max_score), summary.passed, report.checks.size());
  out += Fenced(Cut(fmt::format("{}", fmt::join(report.command, " ")), kMostBlock)) + "\n";
  out += BuildDetails(report) + MarksTable(report) + FamilyTable(report) + "\n";
  Checks told = Where(report, IsTrouble);
  for (const CheckReport* check :
       Where(report, [](auto one) { return one == Standing::kAdvice; })) {
    told.push_back(check);
  }
  for (size_t at = 0; at < told.size(); ++at) {
    const std::string details = Details(*told[at], report);
    if (out.size() + details.size() + 200 > kMostSummary) {
      out += fmt::format("{} more are left out here: the log has them.\n", told.size() - at);
      break;
    }
    out += details;
  }
  const size_t hidden = all.checks.size() - report.checks.size();
  out += hidden == 0 ? ""
                     : fmt::format("The rubric hides {} more {}.\n", hidden,
                                   hidden == 1 ? "check" : "checks");
  return out;
}

std::string GithubLog(const Report& report, std::string_view text) {
  const std::string token = Token();
  return fmt::format("::stop-commands::{}\n{}{}::{}::\n{}", token, text,
                     text.ends_with('\n') ? "" : "\n", token, Annotations(WithoutHidden(report)));
}

}  // namespace eagain::report
