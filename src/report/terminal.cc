#include "eagain/report/terminal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "eagain/report/death.h"
#include "eagain/report/failure_block.h"
#include "eagain/report/grading_block.h"
#include "eagain/report/standing.h"

namespace eagain::report {
namespace {

constexpr size_t kMargin = 2;

bool Failed(const CheckReport& check) {
  return check.verdict == "fail" || check.verdict == "timeout" || check.verdict == "error";
}

std::string_view Slug(const CheckReport& check) {
  return std::string_view(check.id).substr(check.id.find('/') + 1);
}

std::string Plural(int count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// What is said of a check beside its family, from the worst on; kNothing comes last.
enum class Remark {
  kFail,
  kTimeout,
  kError,
  kUnexpectedPass,
  kFlaky,
  kKnown,
  kAdvice,
  kSkip,
  kNothing
};

std::string_view WordOf(Remark remark) {
  constexpr std::string_view kWords[] = {
      "FAIL", "TIMEOUT", "ERROR", "unexpected pass", "flaky", "known", "advice", "skip", ""};
  return kWords[static_cast<size_t>(remark)];
}

class Terminal {
 public:
  Terminal(const Report& report, const TerminalOptions& options)
      : report_(report), options_(options), style_(options.style) {}

  std::string render() {
    failures();
    families();
    skipped();
    known();
    out_ += GradingBlock(report_, style_);
    conclusion();
    return std::move(out_);
  }

 private:
  bool is_advice(const CheckReport& check) const { return check.is_advice(report_.level); }
  void failures();
  void families();
  void family(const std::string& name, size_t widest, const std::vector<const CheckReport*>& of);
  Remark remark(const CheckReport& check) const;
  void remarks(size_t indent, const std::vector<const CheckReport*>& of);
  void skipped();
  void known();
  void conclusion();
  void fault_plan();
  int count_of(std::string_view verdict) const;
  std::string counts() const;
  std::string judgement() const;

  const Report& report_;
  const TerminalOptions& options_;
  const Style& style_;
  std::string out_;
};

// What counts comes last: it is nearest to where the reader looks first.
void Terminal::failures() {
  for (const bool advice : {true, false}) {
    std::map<std::string, std::string> first_with;  // the first check in which the server died so
    for (const CheckReport& check : report_.checks) {
      if (!Failed(check) || check.known_failure || is_advice(check) != advice) {
        continue;
      }
      const std::string death = DeathOf(check);
      const bool again = !death.empty() && first_with.count(death) != 0;
      out_ += FailureBlock(check, {.style = style_,
                                   .program = report_.program,
                                   .verbose = options_.verbose,
                                   .advice = advice,
                                   .role = report_.role,
                                   .same_as = again ? first_with[death] : ""});
      out_ += '\n';
      first_with.emplace(death, check.id);
    }
  }
}

Remark Terminal::remark(const CheckReport& check) const {
  if (check.flaky) {
    return Remark::kFlaky;
  }
  if (check.unexpected_pass) {
    return Remark::kUnexpectedPass;
  }
  if (check.verdict == "skip") {
    return check.skip_kind == "not-reached" ? Remark::kNothing : Remark::kSkip;
  }
  if (!Failed(check)) {
    return Remark::kNothing;
  }
  if (check.verdict == "error") {
    return Remark::kError;
  }
  if (check.known_failure) {
    return Remark::kKnown;
  }
  if (is_advice(check)) {
    return Remark::kAdvice;
  }
  return check.verdict == "fail" ? Remark::kFail : Remark::kTimeout;
}

// "  FAIL binary, large  skip connect-burst": each word once, broken between names. Colours have no
// columns, so it cannot be made first and broken later.
void Terminal::remarks(size_t indent, const std::vector<const CheckReport*>& of) {
  size_t column = indent;
  for (Remark each = Remark::kFail; each != Remark::kNothing;
       each = static_cast<Remark>(static_cast<int>(each) + 1)) {
    const std::string word(WordOf(each));
    bool first = true;
    for (const CheckReport* check : of) {
      if (remark(*check) != each) {
        continue;
      }
      const std::string lead = first ? "  " + word + " " : ", ";
      if (column > indent && column + lead.size() + Slug(*check).size() > style_.width) {
        out_ += (first ? "\n" : ",\n") + std::string(indent, ' ');
        out_ += first ? "" : std::string(word.size() + 3, ' ');
        column = indent + (first ? 0 : word.size() + 3);
      } else if (!first) {
        out_ += ", ";
      }
      if (first) {
        out_ +=
            "  " + (each <= Remark::kUnexpectedPass ? style_.red(word) : style_.yellow(word)) + " ";
      }
      out_ += Slug(*check);
      column += lead.size() + Slug(*check).size();
      first = false;
    }
  }
}

void Terminal::family(const std::string& name, size_t widest,
                      const std::vector<const CheckReport*>& of) {
  const auto passed = std::count_if(of.begin(), of.end(),
                                    [](const CheckReport* one) { return one->verdict == "pass"; });
  const auto apply = std::count_if(of.begin(), of.end(), [](const CheckReport* one) {
    return one->skip_kind != "by-design" && one->skip_kind != "not-applicable";
  });
  const std::string share = fmt::format("{:>2} of {:>2}", passed, apply);
  out_ += fmt::format("  {:<{}}  {}", name, widest, passed == apply ? style_.green(share) : share);
  remarks(kMargin + widest + 2 + share.size(), of);
  out_ += "\n";
}

void Terminal::families() {
  const auto families = ByFamily(report_);
  size_t widest = 0;
  for (const auto& [name, of] : families) {
    widest = std::max(widest, name.size());
  }
  bool any = false;
  for (const auto& [name, of] : families) {
    const bool reached = std::any_of(of.begin(), of.end(), [](const CheckReport* check) {
      return check->skip_kind != "not-reached";
    });
    if (reached) {
      family(name, widest, of);
      any = true;
    }
  }
  out_ += any ? "\n" : "";
}

// One line for each reason: those not reached by their number, the others by their names.
void Terminal::skipped() {
  std::vector<std::string> reasons;
  std::map<std::string, std::vector<std::string>> ids;
  std::map<std::string, bool> reached;
  for (const CheckReport& check : report_.checks) {
    if (check.verdict != "skip") {
      continue;
    }
    if (ids.count(check.reason) == 0) {
      reasons.push_back(check.reason);
    }
    ids[check.reason].push_back(check.id);
    reached[check.reason] = check.skip_kind != "not-reached";
  }
  for (const std::string& reason : reasons) {
    const int count = static_cast<int>(ids[reason].size());
    const std::string which =
        reached[reason] ? fmt::format("{}", fmt::join(ids[reason], ", ")) : Plural(count, "check");
    out_ += "  " + Wrapped(fmt::format("{}: {}", which, reason), 4, style_.width) + "\n";
  }
  out_ += reasons.empty() ? "" : "\n";
}

void Terminal::known() {
  const size_t before = out_.size();
  for (const CheckReport& check : report_.checks) {
    if (!check.known_failure) {
      continue;
    }
    const std::string reason =
        check.known_failure->empty() ? "" : fmt::format(" ({})", *check.known_failure);
    if (check.unexpected_pass) {
      out_ += "  " +
              Wrapped(fmt::format("{}: passes, although it is listed as a known failure{}: take it "
                                  "off the list",
                                  check.id, reason),
                      4, style_.width) +
              "\n";
    } else if (Failed(check)) {
      out_ += "  " +
              Wrapped(fmt::format("{}: fails, as known{}", check.id, reason), 4, style_.width) +
              "\n";
    }
  }
  out_ += out_.size() == before ? "" : "\n";
}

// Those that count, and were not known.
int Terminal::count_of(std::string_view verdict) const {
  return static_cast<int>(
      std::count_if(report_.checks.begin(), report_.checks.end(), [&](const CheckReport& check) {
        return check.verdict == verdict && !check.known_failure && !is_advice(check);
      }));
}

std::string Terminal::counts() const {
  const Summary summary = report_.summary();
  std::vector<std::string> parts = {fmt::format("{} passed", summary.passed)};
  const auto add = [&](int count, std::string_view what) {
    if (count > 0) {
      parts.push_back(fmt::format("{} {}", count, what));
    }
  };
  add(count_of("fail"), "failed");
  add(count_of("timeout"), "timed out");
  add(summary.known_failures, "known to fail");
  add(summary.advice, "advice");
  add(summary.errors, summary.errors == 1 ? "error" : "errors");
  add(summary.skipped - summary.not_reached, "skipped");
  add(summary.not_reached, "not reached");
  add(summary.flaky, "flaky");
  return fmt::format(
      "{}: {} ({:.1f} s, seed {})", Plural(static_cast<int>(report_.checks.size()), "check"),
      fmt::join(parts, ", "), static_cast<double>(report_.duration_ms) / 1000.0, report_.seed);
}

std::string Terminal::judgement() const {
  const std::string sentence = JudgementSentence(report_);
  if (report_.judgement == "conforms" && !report_.interrupted) {
    return style_.green(sentence);
  }
  return report_.judgement == "flaky" ? style_.yellow(sentence) : style_.red(sentence);
}

void Terminal::fault_plan() {
  if (report_.fault_plan.empty()) {
    return;
  }
  const auto line = [this](const std::string& text) {
    out_ += Wrapped(text, 0, style_.width) + "\n";
  };
  line(fmt::format("Under the {}fault plan: {} (seed {})", report_.hostile ? "hostile " : "",
                   report_.fault_plan, report_.fault_seed));
  if (report_.hostile) {
    line(
        style_.yellow("--hostile: no kernel makes all of these faults, so a failure may be no "
                      "fault of the server's."));
  }
  for (const std::string& rule : report_.never_fired) {
    line(fmt::format("never fired, and so proves nothing: {}", rule));
  }
}

void Terminal::conclusion() {
  fault_plan();
  out_ += style_.bold(Wrapped(counts(), 0, style_.width)) + "\n" + judgement() + "\n";
}

}  // namespace

std::string RenderTerminal(const Report& report, const TerminalOptions& options) {
  return Terminal(report, options).render();
}

}  // namespace eagain::report
