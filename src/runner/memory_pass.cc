#include "eagain/runner/memory_pass.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/replace.hpp>
#include <map>
#include <utility>

namespace eagain::runner {
namespace {

using checks::Concern;
using checks::MemoryReport;
using checks::MemoryTool;
using checks::Verdict;

constexpr size_t kMostShown = 3;
constexpr size_t kMostSteps = 20;

// One mistake, wherever it was reported.
struct Mistake {
  MemoryReport example;
  uint64_t times = 0;
  uint64_t bytes = 0;
  std::vector<std::string> seen_in;  // checks
};

std::string Counted(uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::vector<Mistake> MistakesIn(const RunResult& second, Concern concern) {
  std::vector<Mistake> mistakes;
  for (const CheckResult& result : second.checks) {
    if (!result.outcome.memory) {
      continue;
    }
    for (const MemoryReport& report : result.outcome.memory->reports) {
      if (report.concern != concern) {
        continue;
      }
      auto found = std::find_if(mistakes.begin(), mistakes.end(), [&](const Mistake& mistake) {
        return mistake.example.key == report.key;
      });
      if (found == mistakes.end()) {
        found = mistakes.insert(mistakes.end(), Mistake{.example = report, .seen_in = {}});
      }
      ++found->times;
      found->bytes += report.bytes;
      if (found->seen_in.empty() || found->seen_in.back() != result.check->id) {
        found->seen_in.emplace_back(result.check->id);
      }
    }
  }
  // What shows most often is easiest to see again, and comes first.
  std::stable_sort(mistakes.begin(), mistakes.end(), [](const Mistake& a, const Mistake& b) {
    return a.seen_in.size() > b.seen_in.size();
  });
  return mistakes;
}

std::string InWords(const Mistake& mistake) {
  const std::string often =
      mistake.example.concern == Concern::kLeak
          ? fmt::format("{} in {}", Counted(mistake.bytes, "byte"),
                        Counted(mistake.seen_in.size(), "check"))
          : fmt::format("{} in {}",
                        mistake.times == 1 ? "once" : fmt::format("{} times", mistake.times),
                        Counted(mistake.seen_in.size(), "check"));
  std::string text = fmt::format("{}: {}, {}, first in {}", mistake.example.tool,
                                 mistake.example.kind, often, mistake.seen_in.front());
  for (const std::string& line : mistake.example.lines) {
    text += "\n  " + line;
  }
  return text;
}

std::string InWords(const std::vector<Mistake>& mistakes) {
  std::string text;
  for (size_t at = 0; at < mistakes.size() && at < kMostShown; ++at) {
    text += (at == 0 ? "" : "\n") + InWords(mistakes[at]);
  }
  if (mistakes.size() > kMostShown) {
    text += fmt::format("\nand {} (see the steps)",
                        Counted(mistakes.size() - kMostShown, "more mistake"));
  }
  return text;
}

// "echo/large, echo/binary and 3 more"
std::string FirstOf(const std::vector<std::string>& checks) {
  const size_t shown = std::min<size_t>(checks.size(), 3);
  const std::string first =
      fmt::format("{}", fmt::join(checks.begin(), checks.begin() + static_cast<long>(shown), ", "));
  return shown == checks.size() ? first
                                : fmt::format("{} and {} more", first, checks.size() - shown);
}

// The checks to run again, with what they show.
std::vector<std::string> StepsOf(const std::vector<Mistake>& mistakes) {
  std::vector<std::string> steps;
  for (const Mistake& mistake : mistakes) {
    if (steps.size() < kMostSteps) {
      steps.push_back(fmt::format("{}: {}", FirstOf(mistake.seen_in), mistake.example.key));
    }
  }
  return steps;
}

CheckResult ResultOf(const checks::Check& check, Verdict verdict, const RunOptions& options) {
  CheckResult result;
  result.check = &check;
  result.verdict = verdict;
  result.outcome.id = check.id;
  result.outcome.verdict = verdict;
  result.known_failure = options.known_failures.reason(check.id);
  return result;
}

CheckResult Skipped(const checks::Check& check, SkipKind kind, std::string reason,
                    const RunOptions& options) {
  CheckResult result = ResultOf(check, Verdict::kSkip, options);
  result.skip = kind;
  result.outcome.reason = std::move(reason);
  return result;
}

std::string HowToBuild(Concern concern) {
  switch (concern) {
    case Concern::kAddress:
      return "-fsanitize=address,undefined finds such mistakes";
    case Concern::kRace:
      return "-fsanitize=thread finds data races";
    case Concern::kLeak:
      return "-fsanitize=address finds leaks";
  }
  return {};
}

// The reason that was given most often why leaks were not looked for; nothing when they were, once.
std::optional<std::string> WhyNoLeaks(const RunResult& second) {
  std::map<std::string, int> reasons;
  for (const CheckResult& result : second.checks) {
    if (result.outcome.memory) {
      if (result.outcome.memory->no_leak_check.empty()) {
        return std::nullopt;
      }
      ++reasons[result.outcome.memory->no_leak_check];
    }
  }
  const auto most =
      std::max_element(reasons.begin(), reasons.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == reasons.end() ? "no check could be run" : most->first;
}

std::string OnOneLine(const std::string& text) {
  return boost::algorithm::replace_all_copy(text, "\n", "; ");
}

// Why the second run is not worth a pass; nothing when it is.
std::optional<std::string> WhyIncomplete(const RunResult& second) {
  if (second.interrupted) {
    return "not reached: the run was cut short";
  }
  const auto& all = second.checks;
  const auto unreached = std::ranges::find(all, SkipKind::kNotReached, &CheckResult::skip);
  if (unreached == all.end()) {
    return std::nullopt;
  }
  const std::string& reason = unreached->outcome.reason;
  const auto gate = std::ranges::find_if(all, [&reason](const CheckResult& result) {
    return !result.outcome.actual.empty() && reason.find(result.check->id) != std::string::npos;
  });
  return fmt::format("{}, where its memory is watched{}", reason,
                     gate == all.end() ? "" : ": " + OnOneLine(gate->outcome.actual));
}

CheckResult JudgeOne(const checks::Check& check, Concern concern, const RunResult& second,
                     const MemoryTools& tools, const RunOptions& options) {
  const std::vector<Mistake> mistakes = MistakesIn(second, concern);
  if (!mistakes.empty()) {
    CheckResult result = ResultOf(check, Verdict::kFail, options);
    result.outcome.expected = fmt::format("no such report by {}", tools.in_words());
    result.outcome.actual = InWords(mistakes);
    result.outcome.steps = StepsOf(mistakes);
    result.outcome.server_output = mistakes.front().example.text;
    result.seen_in = mistakes.front().seen_in.front();
    return result;
  }
  if (!tools.looks_for(concern)) {
    return Skipped(check, SkipKind::kNotApplicable,
                   fmt::format("watched by {}: {}", tools.in_words(), HowToBuild(concern)),
                   options);
  }
  if (auto why = WhyIncomplete(second)) {
    return Skipped(check, SkipKind::kNotReached, std::move(*why), options);
  }
  if (concern == Concern::kLeak) {
    if (auto why = WhyNoLeaks(second)) {
      return Skipped(check, SkipKind::kNotApplicable, std::move(*why), options);
    }
  }
  return ResultOf(check, Verdict::kPass, options);
}

}  // namespace

std::optional<Concern> ConcernOf(const checks::Check& check) {
  if (check.id == "memory/address") {
    return Concern::kAddress;
  }
  if (check.id == "memory/race") {
    return Concern::kRace;
  }
  return check.id == "memory/leak" ? std::optional(Concern::kLeak) : std::nullopt;
}

bool MemoryTools::looks_for(Concern concern) const {
  if (tool == MemoryTool::kValgrind) {
    return concern != Concern::kRace;
  }
  const auto has = [this](std::string_view name) {
    return std::find(sanitizers.begin(), sanitizers.end(), name) != sanitizers.end();
  };
  switch (concern) {
    case Concern::kAddress:
      return has("AddressSanitizer") || has("UndefinedBehaviorSanitizer") || has("MemorySanitizer");
    case Concern::kRace:
      return has("ThreadSanitizer");
    case Concern::kLeak:
      return has("AddressSanitizer") || has("LeakSanitizer");
  }
  return false;
}

std::string MemoryTools::in_words() const {
  return tool == MemoryTool::kValgrind ? "valgrind's memcheck"
                                       : fmt::format("{}", fmt::join(sanitizers, " and "));
}

CheckList Situations(std::span<const checks::Check> catalogue, const CheckList& given) {
  constexpr std::array kNothingNew = {"strategy/*", "resources/idle-*",
                                      "resources/memory-per-client",
                                      "resources/descriptor-limit-idle", "disconnect/memory"};
  const auto is_new = [&](const checks::Check& check) {
    return std::none_of(kNothingNew.begin(), kNothingNew.end(),
                        [&](const char* glob) { return Matches(glob, check.id); });
  };
  const auto is_gate = [](const checks::Check& check) {
    return std::any_of(StandardGates().begin(), StandardGates().end(),
                       [&](const Gate& gate) { return gate.id == check.id; });
  };
  CheckList situations;
  for (const checks::Check& check : catalogue) {
    const bool is_given = std::find(given.begin(), given.end(), &check) != given.end();
    if (!ConcernOf(check) && (is_gate(check) || (is_given && is_new(check)))) {
      situations.push_back(&check);
    }
  }
  return situations;
}

RunOptions Watched(RunOptions first, std::vector<std::string> command, const MemoryTools& tools) {
  const int times = tools.tool == MemoryTool::kValgrind ? 4 : 2;
  RunOptions second = std::move(first);
  second.command.argv = std::move(command);
  second.repeat = 1;
  second.limits.clear();
  second.known_failures = {};
  second.patience.busy *= times;
  second.patience.unfair *= times;
  second.memory = checks::MemoryWatch{.tool = tools.tool, .leaks = tools.looks_for(Concern::kLeak)};
  return second;
}

std::vector<CheckResult> JudgeMemory(const CheckList& memory_checks, const RunResult& second,
                                     const MemoryTools& tools, const RunOptions& options) {
  std::vector<CheckResult> results;
  for (const checks::Check* check : memory_checks) {
    results.push_back(JudgeOne(*check, *ConcernOf(*check), second, tools, options));
    results.back().outcome.duration = second.duration;
    if (results.back().verdict != Verdict::kSkip) {
      results.back().runs = {results.back().verdict};
    }
  }
  return results;
}

std::vector<CheckResult> MemoryNotReached(const CheckList& memory_checks, const std::string& reason,
                                          const RunOptions& options) {
  std::vector<CheckResult> results;
  for (const checks::Check* check : memory_checks) {
    results.push_back(Skipped(*check, SkipKind::kNotReached, "not reached: " + reason, options));
  }
  return results;
}

}  // namespace eagain::runner
