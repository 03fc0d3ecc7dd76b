// Printer and parser are inverse, for every plan there is and for every text there is.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cerrno>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

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

bool Coin() { return *rc::gen::arbitrary<bool>(); }

// The words of the clauses of a rule's canonical text, each clause for itself.
std::vector<std::string> Clauses(const Rule& rule) {
  Rule bare;
  bare.calls = rule.calls;
  bare.outcome = rule.outcome;
  const std::string head = RuleText(bare);
  std::vector<std::string> clauses;
  const auto add = [&](auto change) {
    Rule one = bare;
    change(one);
    const std::string text = RuleText(one).substr(head.size());
    if (!text.empty()) {
      clauses.push_back(text);
    }
  };
  add([&](Rule& one) { one.on = rule.on; });
  add([&](Rule& one) { one.when.from = rule.when.from, one.when.to = rule.when.to; });
  add([&](Rule& one) { one.when.every = rule.when.every; });
  add([&](Rule& one) { one.when.probability_ppm = rule.when.probability_ppm; });
  add([&](Rule& one) { one.when.times = rule.when.times; });
  add([&](Rule& one) { one.from_the_start = rule.from_the_start; });
  return clauses;
}

// The same rule, as somebody might write it who has not read the printer.
std::string NoisyText(const Rule& rule) {
  std::string text;
  if (std::holds_alternative<Call>(rule.calls) &&
      !SelectorText(rule.calls).starts_with("exactly") && Coin()) {
    text += "exactly ";
  }
  text += SelectorText(rule.calls) + "\t ";
  text +=
      rule.outcome == Outcome(Errno{EAGAIN}) && Coin() ? "EWOULDBLOCK" : OutcomeText(rule.outcome);
  std::vector<std::string> clauses = Clauses(rule);
  if (rule.on == Subject{} && Coin()) {
    clauses.emplace_back("  on any");
  }
  if (rule.when.every == 1 && Coin()) {
    clauses.emplace_back(" every 001");
  }
  while (!clauses.empty()) {
    const auto i = *rc::gen::inRange<size_t>(0, clauses.size());
    text += clauses[i];
    clauses.erase(clauses.begin() + static_cast<ptrdiff_t>(i));
  }
  return text;
}

std::string NoisyText(const Plan& plan) {
  std::string text;
  for (const Rule& rule : plan.rules) {
    text += NoisyText(rule) + *rc::gen::element<std::string>("\n", ";", " # said; so\n", "\r\n;\n");
  }
  return plan.seed ? text + "seed 0" + std::to_string(*plan.seed) : text;
}

RC_GTEST_PROP(PlanRoundTripTest, HoweverAPlanIsWrittenItsTextIsTheSame, ()) {
  const Plan plan = AnyPlan();
  const std::string text = NoisyText(plan);
  RC_LOG() << text;
  const ParsedPlan parsed = ParsePlan(text, {.hostile = true});
  RC_ASSERT(parsed.error_text() == "");
  RC_ASSERT(PlanText(parsed.plan) == PlanText(plan));
}

// A text with one word gone, twice or changed is refused, or is a plan that prints and parses like any other.
RC_GTEST_PROP(PlanRoundTripTest, ASlipMakesAnErrorOrAnotherPlan, ()) {
  std::istringstream words(PlanInOneLine(AnyPlan()) + " ; " + PlanInOneLine(AnyPlan()));
  std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
  RC_PRE(!all.empty());
  const auto i = *rc::gen::inRange<size_t>(0, all.size());
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      all[i].clear();
      break;
    case 1:
      all[i] += " " + all[i];
      break;
    default:
      all[i] = all[*rc::gen::inRange<size_t>(0, all.size())];
  }
  std::string text;
  for (const std::string& word : all) {
    text += word + " ";
  }
  const ParsedPlan parsed = ParsePlan(text, {.hostile = true});
  RC_TAG(parsed.ok());
  const std::string canonical = PlanText(parsed.plan);
  RC_ASSERT(ParsePlan(canonical, {.hostile = true}).plan == parsed.plan);
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
