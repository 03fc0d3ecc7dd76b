#include "eagain/fault/plan/printer.h"

#include <fmt/format.h>

#include "eagain/fault/plan/errno_name.h"

namespace eagain::fault {
namespace {

struct OutcomePrinter {
  std::string operator()(const Errno& error) const { return ErrnoName(error.number); }
  std::string operator()(const Short& transfer) const {
    return fmt::format("short {}", transfer.bytes);
  }
  std::string operator()(const Only& only) const { return fmt::format("only {}", only.events); }
  std::string operator()(const Reordered&) const { return "reordered"; }
  std::string operator()(const Delay& delay) const {
    return "delay " + DurationText(delay.duration);
  }
  std::string operator()(const Reset&) const { return "reset"; }
};

std::string FractionText(uint32_t ppm) {
  std::string text = fmt::format("0.{:06}", ppm);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

std::string WhenText(const When& when) {
  std::string text;
  if (when.from == when.to) {
    text += fmt::format(" at {}", when.from);
  } else if (when.to != kUnlimited) {
    text += fmt::format(" from {} to {}", when.from, when.to);
  } else if (when.from != 1) {
    text += fmt::format(" from {}", when.from);
  }
  if (when.every != 1) {
    text += fmt::format(" every {}", when.every);
  }
  if (when.probability_ppm != kCertain) {
    text += " with probability " + FractionText(when.probability_ppm);
  }
  if (when.times == 1) {
    text += " once";
  } else if (when.times != kUnlimited) {
    text += fmt::format(" at most {} times", when.times);
  }
  return text;
}

std::string Join(const Plan& plan, const char* separator) {
  std::string text;
  if (plan.seed) {
    text += fmt::format("seed {}", *plan.seed);
  }
  for (const Rule& rule : plan.rules) {
    text += (text.empty() ? "" : separator) + RuleText(rule);
  }
  return text;
}

}  // namespace

std::string RoleText(Role role) {
  switch (role) {
    case Role::kAny:
      return "any";
    case Role::kListener:
      return "listener";
    case Role::kClient:
      return "client";
    case Role::kOther:
      return "other";
  }
  return "";
}

std::string SubjectText(const Subject& subject) {
  std::string text = subject.mode == Mode::kBlocking      ? "blocking "
                     : subject.mode == Mode::kNonBlocking ? "non-blocking "
                                                          : "";
  text += RoleText(subject.role);
  if (subject.connection != 0) {
    text += fmt::format(" {}", subject.connection);
  }
  return text;
}

std::string OutcomeText(const Outcome& outcome) { return std::visit(OutcomePrinter{}, outcome); }

std::string DurationText(std::chrono::microseconds duration) {
  const auto us = duration.count();
  if (us % 1'000'000 == 0) {
    return fmt::format("{}s", us / 1'000'000);
  }
  return us % 1000 == 0 ? fmt::format("{}ms", us / 1000) : fmt::format("{}us", us);
}

std::string RuleText(const Rule& rule) {
  std::string text = SelectorText(rule.calls) + " " + OutcomeText(rule.outcome);
  if (rule.on != Subject{}) {
    text += " on " + SubjectText(rule.on);
  }
  text += WhenText(rule.when);
  if (rule.from_the_start) {
    text += " from the start";
  }
  return text;
}

std::string PlanText(const Plan& plan) {
  const std::string text = Join(plan, "\n");
  return text.empty() ? text : text + "\n";
}

std::string PlanInOneLine(const Plan& plan) { return Join(plan, "; "); }

}  // namespace eagain::fault
