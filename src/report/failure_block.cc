#include "eagain/report/failure_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "eagain/report/death.h"
#include "eagain/report/standing.h"

namespace eagain::report {
namespace {

// Of many steps, those that begin the story and those that end it.
constexpr size_t kFirstSteps = 4;
constexpr size_t kLastSteps = 6;
constexpr size_t kLastLines = 6;
constexpr size_t kLabel = 12;  // columns before the text

class Block {
 public:
  Block(const CheckReport& check, const FailureBlockOptions& options)
      : check_(check), options_(options), style_(options.style) {}

  std::string render() {
    out_ += heading() + "\n";
    row("required", check_.requirement);
    if (!options_.same_as.empty() && !options_.verbose) {
      row("actual",
          fmt::format("{}\nthe {} ended as in {}: {}", LinesOf(check_.actual + "\n").front(),
                      options_.role, options_.same_as, DeathInWords(check_)));
      verbatim("again", check_.repro);
      return std::move(out_);
    }
    row("why",
        check_.source.empty() ? check_.why : fmt::format("{} [{}]", check_.why, check_.source));
    steps();
    row("expected", check_.expected);
    row(check_.verdict == "error" ? "trouble" : "actual", check_.actual);
    for (const std::string& fault : check_.faults) {
      row("fault", fault);
    }
    if (check_.family != "memory" ||
        options_.verbose) {  // of a tool's report the lines that matter are above
      server();
    }
    verbatim("again", check_.repro);
    if (check_.verdict != "error") {
      verbatim("more", options_.program + " explain " + check_.id);
    }
    return std::move(out_);
  }

 private:
  std::string heading() const;
  std::string label(std::string_view name) const {
    return "  " + style_.faint(fmt::format("{:<{}}", name, kLabel - 2));
  }
  void row(std::string_view name, std::string_view text) {
    if (!text.empty()) {
      out_ += label(name) + Wrapped(text, kLabel, style_.width) + "\n";
    }
  }
  // Not broken: it is there to be copied.
  void verbatim(std::string_view name, std::string_view text) {
    out_ += label(name) + std::string(text) + "\n";
  }
  void steps();
  void server();

  const CheckReport& check_;
  const FailureBlockOptions& options_;
  const Style& style_;
  std::string out_;
};

std::string Block::heading() const {
  std::string note;
  if (check_.flaky) {
    note = fmt::format(" (flaky: {} of {} runs)",
                       std::count(check_.runs.begin(), check_.runs.end(), check_.verdict),
                       check_.runs.size());
  }
  if (check_.verdict == "error") {
    return style_.red("ERROR") + " " + style_.bold(check_.id) + note +
           fmt::format(": the harness's own trouble, not the {}'s", options_.role);
  }
  if (options_.advice) {
    return style_.yellow("ADVICE") + " " + style_.bold(check_.id) + note + ": does not count";
  }
  return style_.red(check_.verdict == "timeout" ? "TIMEOUT" : "FAIL") + " " +
         style_.bold(check_.id) + note;
}

void Block::steps() {
  const std::vector<std::string>& steps = check_.steps;
  const bool all = options_.verbose || steps.size() <= kFirstSteps + kLastSteps + 1;
  for (size_t at = 0; at < steps.size(); ++at) {
    if (!all && at == kFirstSteps) {
      at = steps.size() - kLastSteps;
      out_ += label("") +
              style_.faint(fmt::format("... {} more steps (--verbose)", at - kFirstSteps)) + "\n";
    }
    const std::string number = fmt::format("{}. ", at + 1);
    const size_t indent = kLabel + number.size();
    out_ += label(at == 0 ? "steps" : "") + number +
            (options_.verbose ? Wrapped(steps[at], indent, style_.width)
                              : CutTo(steps[at], style_.width - indent)) +
            "\n";
  }
}

void Block::server() {
  const std::vector<std::string_view> lines = LinesOf(check_.server_output);
  if (check_.server_exit) {
    row(options_.role, fmt::format("ended: {}{}", *check_.server_exit,
                                   lines.empty() ? "; it wrote nothing" : "; its last output:"));
  } else if (!lines.empty()) {
    row(options_.role, "its last output:");
  }
  const size_t shown = options_.verbose ? lines.size() : std::min(lines.size(), kLastLines);
  for (size_t at = lines.size() - shown; at < lines.size(); ++at) {
    // The last line mostly says what went wrong: it may take more than one here.
    const size_t room = style_.width - kLabel - 2;
    const bool last = at + 1 == lines.size();
    out_ += label("") + style_.faint("| ") +
            (last ? Wrapped(CutTo(lines[at], 4 * room), kLabel + 4, style_.width)
                  : CutTo(lines[at], room)) +
            "\n";
  }
}

}  // namespace

std::string FailureBlock(const CheckReport& check, const FailureBlockOptions& options) {
  return Block(check, options).render();
}

std::string PlainFailureBlock(const CheckReport& check, const Report& report) {
  FailureBlockOptions options;
  options.program = report.program;
  options.advice = StandingOf(check, report) == Standing::kAdvice;
  options.role = report.role;
  return FailureBlock(check, options);
}

}  // namespace eagain::report
