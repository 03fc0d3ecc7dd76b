// Printer and parser are inverse, for every plan there is and for every text there is.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cerrno>

#include "eagain/fault/plan/errno_name.h"
#include "eagain/fault/plan/legality.h"
#include "eagain/fault/plan/parser.h"
#include "eagain/fault/plan/printer.h"

namespace eagain::fault {
namespace {

rc::Gen<CallSelector> AnySelector() {
  std::vector<CallSelector> all(kFamilies.begin(), kFamilies.end());
  for (const Call call : Members(AllCalls())) {
    all.emplace_back(call);
  }
  return rc::gen::elementOf(all);
}

// Small numbers, and now and then any.
rc::Gen<uint64_t> AnyCount() {
  return rc::gen::weightedOneOf<uint64_t>(
      {{9, rc::gen::inRange<uint64_t>(1, 20)}, {1, rc::gen::inRange<uint64_t>(1, kUnlimited)}});
}

rc::Gen<Outcome> AnyOutcome() {
  std::vector<int> numbers = ErrnosOf(AllCalls());
  return rc::gen::weightedOneOf<Outcome>(
      {{4, rc::gen::map(rc::gen::elementOf(numbers),
                        [](int number) -> Outcome { return Errno{number}; })},
       {1, rc::gen::map(AnyCount(), [](uint64_t n) -> Outcome { return Short{n}; })},
       {1, rc::gen::map(AnyCount(), [](uint64_t n) -> Outcome { return Only{n}; })},
       {1, rc::gen::just<Outcome>(Reordered{})},
       {1, rc::gen::just<Outcome>(Reset{})},
       {1,
        rc::gen::map(rc::gen::inRange<int64_t>(1, kLongestDelay.count() + 1),
                     [](int64_t us) -> Outcome { return Delay{std::chrono::microseconds(us)}; })}});
}

Subject AnySubject() {
  Subject on;
  on.role = *rc::gen::element(Role::kAny, Role::kListener, Role::kClient);
  on.mode = *rc::gen::element(Mode::kAny, Mode::kBlocking, Mode::kNonBlocking);
  if (on.role == Role::kClient && *rc::gen::arbitrary<bool>()) {
    on.connection = *AnyCount();
  }
  return on;
}

When AnyWhen() {
  When when;
  if (*rc::gen::arbitrary<bool>()) {
    when.from = *AnyCount();
  }
  if (*rc::gen::arbitrary<bool>()) {
    when.to = *rc::gen::inRange<uint64_t>(when.from, kUnlimited);
  }
  if (*rc::gen::arbitrary<bool>()) {
    when.every = *AnyCount();
  }
  if (*rc::gen::arbitrary<bool>()) {
    when.probability_ppm = *rc::gen::inRange<uint32_t>(1, kCertain + 1);
  }
  if (*rc::gen::arbitrary<bool>()) {
    when.times = *AnyCount();
  }
  return when;
}

// Any rule that is not impossible.
Rule AnyRule() {
  return *rc::gen::suchThat(
      rc::gen::exec([] {
        Rule rule;
        rule.calls = *AnySelector();
        rule.outcome = *AnyOutcome();
        rule.on = *rc::gen::arbitrary<bool>() ? AnySubject() : Subject{};
        rule.when = AnyWhen();
        rule.from_the_start = *rc::gen::arbitrary<bool>();
        return rule;
      }),
      [](const Rule& rule) { return Judge(rule).verdict != Judgement::Verdict::kImpossible; });
}

Plan AnyPlan() {
  Plan plan;
  if (*rc::gen::arbitrary<bool>()) {
    plan.seed = *rc::gen::arbitrary<uint64_t>();
  }
  const int count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) {
    plan.rules.push_back(AnyRule());
  }
  return plan;
}

RC_GTEST_PROP(PlanRoundTripTest, ParsingAPrintedPlanGivesThePlan, ()) {
  const Plan plan = AnyPlan();
  const std::string text = PlanText(plan);
  RC_LOG() << text;
  const ParsedPlan lines = ParsePlan(text, {.hostile = true});
  RC_ASSERT(lines.error_text() == "");
  RC_ASSERT(lines.plan == plan);
  const ParsedPlan line = ParsePlan(PlanInOneLine(plan), {.hostile = true});
  RC_ASSERT(line.plan == plan);
  RC_ASSERT(ParsePlan(text).ok() == !plan.hostile());
}

RC_GTEST_PROP(PlanRoundTripTest, PrintingAParsedTextIsCanonical, ()) {
  static const std::vector<std::string> kWords = {
      "recv",   "send",     "wait",   "accept",   "exactly",      "epoll_wait",  "close", "EAGAIN",
      "EINTR",  "EMFILE",   "short",  "only",     "delay",        "reordered",   "reset", "on",
      "any",    "listener", "client", "blocking", "non-blocking", "at",          "most",  "times",
      "time",   "from",     "to",     "every",    "with",         "probability", "once",  "the",
      "start",  "seed",     "1",      "2",        "007",          "0.5",         "0.50",  "20ms",
      "5000us", "\n",       ";",      "# x\n"};
  const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kWords));
  std::string text;
  for (const std::string& word : words) {
    text += word + " ";
  }
  const Plan plan = ParsePlan(text, {.hostile = true}).plan;  // the good statements, if any
  const std::string canonical = PlanText(plan);
  RC_CLASSIFY(!plan.rules.empty());
  RC_ASSERT(ParsePlan(canonical, {.hostile = true}).plan == plan);
  RC_ASSERT(PlanText(ParsePlan(canonical, {.hostile = true}).plan) == canonical);
}

RC_GTEST_PROP(PlanRoundTripTest, ErrorsPointIntoTheText, ()) {
  const auto text = *rc::gen::string<std::string>();
  for (const PlanError& error : ParsePlan(text).errors) {
    RC_ASSERT(error.column >= 1u);
    RC_ASSERT(error.column <= error.source.size() + 1);
    RC_ASSERT(error.length >= 1u);
    RC_ASSERT(!error.reason.empty());
  }
}

}  // namespace
}  // namespace eagain::fault
