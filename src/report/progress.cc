#include "eagain/report/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "eagain/report/escape.h"

namespace eagain::report {
namespace {

using checks::Verdict;
using runner::CheckResult;
using runner::SkipKind;

constexpr const char* kClearLine = "\r\033[K";

bool Failed(const CheckResult& result) {
  return result.verdict == Verdict::kFail || result.verdict == Verdict::kTimeout ||
         result.verdict == Verdict::kError;
}

std::string PlainLine(const CheckResult& result, const Style& style) {
  const std::string name = fmt::format("{:<7}", checks::VerdictName(result.verdict));
  const std::string verdict = Failed(result)                     ? style.red(name)
                              : result.verdict == Verdict::kSkip ? style.yellow(name)
                                                                 : style.green(name);
  std::string line = fmt::format("{} {}", verdict, result.check->id);
  if (result.flaky()) {
    line += fmt::format("  {} of {} runs", result.times(), result.runs.size());
  }
  if (result.verdict == Verdict::kSkip) {
    return line + "  " + EscapeLine(result.outcome.reason);
  }
  return line + fmt::format("  {} ms", result.outcome.duration.count());
}

}  // namespace

Progress::Progress(std::ostream& out, const Style& style, size_t total, std::string again)
    : out_(out), style_(style), total_(total), again_(std::move(again)) {
  if (!again_.empty() && !style_.live) {
    out_ << total_ << " checks " << again_ << std::endl;
  }
}

Progress::~Progress() {
  if (style_.live) {
    out_ << kClearLine << std::flush;
  }
}

void Progress::started(const checks::Check& check) {
  running_.push_back({&check, Clock::now()});
  draw();
}

void Progress::finished(const CheckResult& result) {
  running_.erase(std::remove_if(running_.begin(), running_.end(),
                                [&](const Running& one) { return one.check == result.check; }),
                 running_.end());
  if (!result.gate_only) {
    ++finished_;
  }
  failed_ += Failed(result) && again_.empty() ? 1 : 0;
  // What was not reached is told once, in the report.
  const bool worth_a_line = result.skip != SkipKind::kNotReached &&
                            (!result.gate_only || result.verdict != Verdict::kPass);
  if (!style_.live && worth_a_line && again_.empty()) {
    out_ << PlainLine(result, style_) << std::endl;
  }
  draw();
}

void Progress::tick() { draw(); }

std::string Progress::line() const {
  std::string text =
      fmt::format("[{}/{}]{}{}", finished_, total_, again_.empty() ? "" : " ", again_);
  if (failed_ > 0) {
    text += fmt::format(" {} failed;", failed_);
  }
  const char* separator = " ";
  for (const Running& one : running_) {
    text += separator + std::string(one.check->id);
    separator = ", ";
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - one.since);
    if (age.count() >= 2) {
      text += fmt::format(" {} s", age.count());
    }
  }
  return text;
}

void Progress::draw() {
  if (style_.live) {
    out_ << kClearLine << style_.faint(CutTo(line(), style_.width - 1)) << std::flush;
  }
}

}  // namespace eagain::report
