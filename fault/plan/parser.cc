#include "eagain/fault/plan/parser.h"

#include <fmt/format.h>

#include <charconv>

#include "eagain/fault/plan/errno_name.h"
#include "eagain/fault/plan/legality.h"
#include "eagain/fault/plan/lexer.h"
#include "eagain/fault/plan/nearest.h"

namespace eagain::fault {
namespace {

std::vector<std::string> CallNames() {
  std::vector<std::string> names;
  for (const Family family : kFamilies) {
    names.emplace_back(FamilyName(family));
  }
  for (const Call call : Members(AllCalls())) {
    names.emplace_back(CallName(call));
  }
  return names;
}

// Reads the words of one statement. The first mistake ends it: every method that reads answers
// false (or nothing) after having said what is wrong.
class StatementParser {
 public:
  StatementParser(const Statement& statement, const ParseOptions& options)
      : statement_(statement), options_(options) {}

  bool is_seed() const { return statement_.words.front().text == "seed"; }

  bool parse_seed(Plan& plan) {
    next();
    if (plan.seed) {
      return fail_at(0, "a plan has one seed");
    }
    const std::optional<uint64_t> seed = number("a number from 0 on", 0, UINT64_MAX);
    if (!seed) {
      return false;
    }
    plan.seed = seed;
    return at_end() || fail_here(fmt::format("nothing follows a seed: \"{}\"", word()));
  }

  bool parse_rule(Plan& plan) {
    Rule rule;
    if (!calls(rule.calls) || !outcome(rule.outcome)) {
      return false;
    }
    while (!at_end()) {
      if (!clause(rule)) {
        return false;
      }
    }
    if (!permitted(rule)) {
      return false;
    }
    plan.rules.push_back(rule);
    return true;
  }

  PlanError take_error() { return std::move(error_); }

 private:
  bool at_end() const { return at_ == statement_.words.size(); }
  std::string_view word() const { return at_end() ? "" : statement_.words[at_].text; }
  void next() { ++at_; }
  bool accept(std::string_view text) {
    const bool found = !at_end() && word() == text;
    at_ += found ? 1 : 0;
    return found;
  }

  // Says what is wrong with words [first, last].
  bool fail_at(size_t first, size_t last, std::string reason, std::string hint) {
    const std::vector<Word>& words = statement_.words;
    error_.file = options_.file;
    error_.line = statement_.line;
    error_.source = statement_.source;
    error_.reason = std::move(reason);
    error_.hint = std::move(hint);
    if (first < words.size()) {
      const Word& end = words[std::min(last, words.size() - 1)];
      error_.column = words[first].column;
      error_.length = end.column + end.text.size() - words[first].column;
    } else {
      error_.column = words.back().column + words.back().text.size();
      error_.length = 1;
    }
    return false;
  }
  bool fail_at(size_t index, std::string reason, std::string hint = "") {
    return fail_at(index, index, std::move(reason), std::move(hint));
  }
  bool fail_here(std::string reason, std::string hint = "") {
    return fail_at(at_, std::move(reason), std::move(hint));
  }

  // "expected WHAT", or what the word at hand may have been meant to be.
  bool expected(std::string_view what, const std::vector<std::string>& candidates = {}) {
    if (at_end()) {
      return fail_here(fmt::format("expected {} here", what));
    }
    const std::string nearest = Nearest(word(), candidates);
    return fail_here(fmt::format("expected {}, not \"{}\"", what, word()),
                     nearest.empty() ? "" : fmt::format("did you mean \"{}\"?", nearest));
  }

  std::optional<uint64_t> number(std::string_view what, uint64_t least = 1,
                                 uint64_t most = kUnlimited - 1) {
    const std::string_view text = word();
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || end != text.data() + text.size() || error == std::errc::invalid_argument) {
      expected(what);
      return std::nullopt;
    }
    if (error != std::errc{} || value > most) {
      fail_here("the number is too large", fmt::format("the largest is {}", most));
      return std::nullopt;
    }
    if (value < least) {
      expected(what);
      return std::nullopt;
    }
    next();
    return value;
  }

  bool calls(CallSelector& selector) {
    const bool exactly = accept("exactly");
    const std::optional<Family> family = FamilyNamed(word());
    const std::optional<Call> call = CallNamed(word());
    if (family && !exactly) {
      selector = *family;
    } else if (call) {
      selector = *call;
    } else if (exactly) {
      return expected("the name of a call after \"exactly\"", CallNames());
    } else {
      std::vector<std::string> names = CallNames();
      names.emplace_back("seed");
      names.emplace_back("exactly");
      return expected("the name of a call, or \"seed\"", names);
    }
    next();
    return true;
  }

  bool outcome(Outcome& outcome) {
    outcome_begin_ = at_;
    const bool read = outcome_words(outcome);
    outcome_end_ = at_ - 1;
    return read;
  }

  bool outcome_words(Outcome& outcome) {
    if (accept("short")) {
      const auto bytes = number("a number of bytes, from 1 on");
      outcome = Short{bytes.value_or(0)};
      return bytes.has_value();
    }
    if (accept("only")) {
      const auto events = number("a number of events, from 1 on");
      outcome = Only{events.value_or(0)};
      return events.has_value();
    }
    if (accept("delay")) {
      return duration(outcome);
    }
    if (accept("reordered")) {
      outcome = Reordered{};
      return true;
    }
    if (accept("reset")) {
      outcome = Reset{};
      return true;
    }
    if (const std::optional<int> error = ErrnoNamed(word())) {
      next();
      outcome = Errno{*error};
      return true;
    }
    std::vector<std::string> names = ErrnoNames();
    names.insert(names.begin(), {"short", "only", "delay", "reordered", "reset", "EWOULDBLOCK"});
    return expected("what happens: an errno, short N, only N, reordered, delay TIME or reset",
                    names);
  }

  bool duration(Outcome& outcome) {
    constexpr std::string_view kWhat = "a time with its unit, such as 20ms (us, ms, s)";
    const std::string_view text = word();
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
    const uint64_t scale = unit == "us" ? 1 : unit == "ms" ? 1000 : unit == "s" ? 1'000'000 : 0;
    if (text.empty() || error == std::errc::invalid_argument || scale == 0) {
      return expected(kWhat);
    }
    constexpr auto kMost = static_cast<uint64_t>(kLongestDelay.count());
    if (error != std::errc{} || value > kMost / scale) {
      return fail_here("the delay is too long",
                       fmt::format("the longest is {}s", kMost / 1'000'000));
    }
    outcome = Delay{std::chrono::microseconds(value * scale)};
    next();
    return true;
  }

  bool clause(Rule& rule) {
    clause_begin_ = at_;
    if (accept("on")) {
      return once(has_subject_, "subject") && subject(rule.on);
    }
    if (accept("at")) {
      return accept("most") ? once(has_times_, "\"at most\"") && at_most(rule.when)
                            : once(has_range_, "place") && at(rule.when);
    }
    if (accept("from")) {
      return accept("the") ? from_the_start(rule) : once(has_range_, "place") && range(rule.when);
    }
    if (accept("every")) {
      return once(has_every_, "\"every\"") &&
             set(rule.when.every, number("a number, from 1 on, after \"every\""));
    }
    if (accept("with")) {
      return once(has_probability_, "probability") && probability(rule.when);
    }
    if (accept("once")) {
      rule.when.times = 1;
      return once(has_times_, "\"at most\"");
    }
    return expected(
        "\"on\", \"at\", \"from\", \"every\", \"with probability\", \"at most\" or \"once\"",
        {"on", "at", "from", "every", "with", "once"});
  }

  bool once(bool& has, std::string_view what) {
    if (has) {
      return fail_at(clause_begin_, at_ - 1, fmt::format("a rule has one {}", what), "");
    }
    has = true;
    return true;
  }

  static bool set(uint64_t& field, std::optional<uint64_t> value) {
    field = value.value_or(field);
    return value.has_value();
  }

  bool subject(Subject& on) {
    subject_begin_ = at_ - 1;
    if (accept("blocking")) {
      on.mode = Mode::kBlocking;
    } else if (accept("non-blocking")) {
      on.mode = Mode::kNonBlocking;
    }
    if (accept("listener")) {
      on.role = Role::kListener;
    } else if (accept("client")) {
      on.role = Role::kClient;
      const bool numbered = !at_end() && word().front() >= '0' && word().front() <= '9';
      if (numbered && !set(on.connection, number("the number of the connection, from 1 on"))) {
        return false;
      }
    } else if (!accept("any")) {
      return expected("\"listener\", \"client\" or \"any\"",
                      {"listener", "client", "any", "blocking", "non-blocking"});
    }
    subject_end_ = at_ - 1;
    return true;
  }

  bool at(When& when) {
    if (!set(when.from, number("the number of a call, from 1 on, or \"most\""))) {
      return false;
    }
    when.to = when.from;
    return true;
  }

  bool range(When& when) {
    return set(when.from, number("the number of a call, from 1 on, or \"the start\"")) &&
           (!accept("to") || set(when.to, number("the number of a call, from 1 on")));
  }

  bool from_the_start(Rule& rule) {
    rule.from_the_start = true;
    return accept("start") ? once(has_start_, "\"from the start\"")
                           : expected("\"start\" after \"from the\"", {"start"});
  }

  bool at_most(When& when) {
    return set(when.times, number("a number, from 1 on, after \"at most\"")) &&
           (accept("times") || accept("time") || expected("\"times\"", {"times", "time"}));
  }

  bool probability(When& when) {
    if (!accept("probability")) {
      return expected("\"probability\" after \"with\"", {"probability"});
    }
    constexpr std::string_view kWhat = "a probability above 0, up to 1, such as 0.25";
    const std::string_view text = word();
    if (text == "1") {
      next();
      when.probability_ppm = kCertain;
      return true;
    }
    const std::string_view digits = text.substr(std::min<size_t>(2, text.size()));
    if (!text.starts_with("0.") || digits.empty() ||
        digits.find_first_not_of("0123456789") != std::string_view::npos) {
      return expected(kWhat);
    }
    if (digits.size() > 6) {
      return fail_here("a probability has at most six digits after the point");
    }
    uint32_t ppm = 0;
    for (size_t i = 0; i < 6; ++i) {
      ppm = ppm * 10 + (i < digits.size() ? static_cast<uint32_t>(digits[i] - '0') : 0);
    }
    if (ppm == 0) {
      return expected(kWhat);
    }
    next();
    when.probability_ppm = ppm;
    return true;
  }

  // Asks the legality table, and points at the words that it objects to.
  bool permitted(const Rule& rule) {
    const Judgement judgement = Judge(rule);
    using Verdict = Judgement::Verdict;
    if (judgement.verdict == Verdict::kLegal ||
        (judgement.verdict == Verdict::kHostile && options_.hostile)) {
      return true;
    }
    std::string hint = judgement.hint;
    if (judgement.verdict == Verdict::kHostile) {
      hint += (hint.empty() ? "" : "; ") + std::string("--hostile lets it pass, never graded");
    }
    const bool about_subject = judgement.about == Judgement::About::kSubject && has_subject_;
    const size_t first = about_subject                                   ? subject_begin_
                         : judgement.about == Judgement::About::kOutcome ? outcome_begin_
                                                                         : 0;
    const size_t last = about_subject                                   ? subject_end_
                        : judgement.about == Judgement::About::kOutcome ? outcome_end_
                                                                        : statement_.words.size();
    return fail_at(first, last, judgement.reason, hint);
  }

  const Statement& statement_;
  const ParseOptions& options_;
  size_t at_ = 0;
  size_t outcome_begin_ = 0;
  size_t outcome_end_ = 0;
  size_t subject_begin_ = 0;
  size_t subject_end_ = 0;
  size_t clause_begin_ = 0;
  bool has_subject_ = false;
  bool has_range_ = false;
  bool has_every_ = false;
  bool has_probability_ = false;
  bool has_times_ = false;
  bool has_start_ = false;
  PlanError error_;
};

}  // namespace

ParsedPlan ParsePlan(std::string_view text, const ParseOptions& options) {
  ParsedPlan parsed;
  for (const Statement& statement : CutStatements(text)) {
    StatementParser parser(statement, options);
    if (!(parser.is_seed() ? parser.parse_seed(parsed.plan) : parser.parse_rule(parsed.plan))) {
      parsed.errors.push_back(parser.take_error());
      if (parsed.errors.size() == kMostErrors) {
        break;
      }
    }
  }
  return parsed;
}

}  // namespace eagain::fault
