#include "eagain/fault/plan/legality.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "eagain/fault/plan/errno_name.h"

namespace eagain::fault {
namespace {

Effect EffectOf(const Outcome& outcome) {
  constexpr std::array kEffects = {Effect::kFails,     Effect::kShort, Effect::kOnly,
                                   Effect::kReordered, Effect::kDelay, Effect::kReset};
  static_assert(kEffects.size() == std::variant_size_v<Outcome>);
  return kEffects.at(outcome.index());
}

// Where a call is made: on which roles of descriptors. Neither: not on a socket at all.
struct Domain {
  bool listener = false;
  bool client = false;
};

Domain DomainOf(CallSet calls) {
  const CallSet on_clients = CallsOf(Family::kRecv) | CallsOf(Family::kSend) | Call::kShutdown;
  const CallSet on_either = Call::kClose | Call::kEpollCtl;
  return {.listener = calls.subset_of(CallsOf(Family::kAccept) | on_either),
          .client = calls.subset_of(on_clients | on_either)};
}

using enum Judgement::About;

Judgement Impossible(Judgement::About about, std::string reason, std::string hint = "") {
  return {Judgement::Verdict::kImpossible, about, std::move(reason), std::move(hint)};
}

Judgement Hostile(Judgement::About about, std::string reason, std::string hint = "") {
  return {Judgement::Verdict::kHostile, about, std::move(reason), std::move(hint)};
}

std::string ErrnoList(CallSet calls) {
  std::string text;
  for (const LegalityRow& row : LegalityTable()) {
    if (row.effect != Effect::kFails || (row.calls & calls).empty() || Hostile(row.condition)) {
      continue;
    }
    for (const int number : row.errnos) {
      const std::string name = number == 0 ? "" : ErrnoName(number);
      if (!name.empty() && (", " + text + ",").find(" " + name + ",") == std::string::npos) {
        text += (text.empty() ? "" : ", ") + name;
      }
    }
  }
  return text;
}

// No row: the call has no such outcome.
Judgement NoSuchOutcome(const Rule& rule) {
  const std::string name = SelectorText(rule.calls);
  const CallSet calls = CallsOf(rule.calls);
  switch (EffectOf(rule.outcome)) {
    case Effect::kFails: {
      const std::string list = ErrnoList(calls);
      return Impossible(kOutcome,
                        fmt::format("{} cannot fail with {}", name,
                                    ErrnoName(std::get<Errno>(rule.outcome).number)),
                        list.empty() ? "" : fmt::format("{} can fail with {}", name, list));
    }
    case Effect::kShort:
      return Impossible(kOutcome, fmt::format("{} cannot be short: it moves no bytes", name),
                        "\"short\" is for recv and send; \"only N\" is for waits");
    case Effect::kOnly:
      return Impossible(kOutcome, fmt::format("{} reports no events", name),
                        "\"only\" is for waits");
    case Effect::kReordered:
      return calls.subset_of(CallsOf(Family::kWait))
                 ? Impossible(kOutcome, fmt::format("{} has no order of its own to change", name),
                              "\"reordered\" is for wait, epoll_wait, epoll_pwait, epoll_pwait2")
                 : Impossible(kOutcome, fmt::format("{} reports no events", name),
                              "\"reordered\" is for waits");
    case Effect::kReset:
      return Impossible(kOutcome, fmt::format("{} has no connection to reset", name),
                        "\"reset\" is for recv, send and shutdown; accept has ECONNABORTED");
    case Effect::kDelay:
      break;
  }
  assert(false && "every call can be late");
  return {};
}

std::optional<Judgement> JudgeNumbers(const Rule& rule) {
  const When& when = rule.when;
  if (when.from == 0 || when.every == 0 || when.times == 0 || when.probability_ppm == 0 ||
      when.probability_ppm > kCertain) {
    return Impossible(kRule, "it never fires: counts begin at 1, and so does what is counted");
  }
  if (when.from > when.to) {
    return Impossible(kRule, fmt::format("it never fires: {} comes after {}", when.from, when.to));
  }
  if (when.every - 1 > when.to - when.from) {
    return Impossible(kRule, fmt::format("it never fires: from {} to {} there is no call number {}",
                                         when.from, when.to, when.every));
  }
  const bool empty = std::visit(
      [](const auto& outcome) {
        using T = std::decay_t<decltype(outcome)>;
        if constexpr (std::is_same_v<T, Short>) {
          return outcome.bytes == 0;
        } else if constexpr (std::is_same_v<T, Only>) {
          return outcome.events == 0;
        } else if constexpr (std::is_same_v<T, Delay>) {
          return outcome.duration.count() <= 0;
        } else {
          return false;
        }
      },
      rule.outcome);
  if (empty) {
    return Impossible(kOutcome, "the amount must be at least 1");
  }
  const Delay* delay = std::get_if<Delay>(&rule.outcome);
  if (delay != nullptr && delay->duration > kLongestDelay) {
    return Impossible(kOutcome, "the delay is too long");
  }
  return std::nullopt;
}

std::optional<Judgement> JudgeSubject(const Rule& rule) {
  const std::string name = SelectorText(rule.calls);
  const Domain domain = DomainOf(SelectedCalls(rule.calls, rule.outcome));
  const Subject& on = rule.on;
  if (!domain.listener && !domain.client && on != Subject{}) {
    return Impossible(kSubject, fmt::format("{} has no subject", name), "leave \"on ...\" out");
  }
  if (on.role == Role::kListener && !domain.listener) {
    return Impossible(kSubject, fmt::format("{} is called on a client, not on a listener", name));
  }
  if (on.role == Role::kClient && !domain.client) {
    return Impossible(kSubject, fmt::format("{} is called on a listener, not on a client", name));
  }
  if (on.role == Role::kOther || (on.connection != 0 && on.role != Role::kClient)) {
    return Impossible(kSubject, "only clients are counted");
  }
  const CallSet before = Call::kBind | Call::kListen;
  if (CallsOf(rule.calls).subset_of(before) && !rule.from_the_start) {
    return Impossible(
        kRule, fmt::format("{} comes before the server listens, when no rule is armed", name),
        "add \"from the start\"");
  }
  return std::nullopt;
}

// The mode that a condition asks of the descriptor; kAny if it asks for none.
Mode ModeOf(Condition condition) {
  switch (condition) {
    case Condition::kNonBlockingRearmed:
      return Mode::kNonBlocking;
    case Condition::kBlocking:
    case Condition::kBlockingHandler:
      return Mode::kBlocking;
    default:
      return Mode::kAny;
  }
}

// "Try again", on every call and for ever, is what no kernel says: in the end a call gets through.
bool NeverLetsThrough(const Rule& rule) {
  const Errno* error = std::get_if<Errno>(&rule.outcome);
  return error != nullptr && (error->number == EAGAIN || error->number == EINTR) &&
         rule.when.to == kUnlimited && rule.when.every == 1 &&
         rule.when.probability_ppm == kCertain && rule.when.times == kUnlimited &&
         !CallsOf(rule.calls).contains(Call::kClose);
}

Judgement JudgeRows(const Rule& rule) {
  const CallSet calls = CallsOf(rule.calls);
  const LegalityRow* hostile = nullptr;
  const LegalityRow* other_mode = nullptr;
  bool legal = false;
  for (const LegalityRow& row : LegalityTable()) {
    if ((row.calls & calls).empty() || !row.covers(rule.outcome)) {
      continue;
    }
    const Mode mode = ModeOf(row.condition);
    if (Hostile(row.condition)) {
      hostile = &row;
    } else if (mode != Mode::kAny && rule.on.mode != Mode::kAny && mode != rule.on.mode) {
      other_mode = &row;
    } else {
      legal = true;
    }
  }
  const std::string name = SelectorText(rule.calls);
  if (!legal && other_mode != nullptr) {
    return Hostile(kRule,
                   fmt::format("no kernel does this to {} on a {} descriptor", name,
                               rule.on.mode == Mode::kBlocking ? "blocking" : "non-blocking"),
                   fmt::format("legal when: {} [{}]", ConditionText(other_mode->condition),
                               other_mode->reference));
  }
  if (!legal) {
    return Hostile(kOutcome, fmt::format("no kernel does this to a correct server's {}", name),
                   fmt::format("{} [{}]", ConditionText(hostile->condition), hostile->reference));
  }
  if (NeverLetsThrough(rule)) {
    return Hostile(
        kRule, fmt::format("no kernel tells {} to try again for ever", name),
        "bound it: \"once\", \"at N\", \"from N to M\", \"every 2\", \"at most N times\" or "
        "\"with probability P\"");
  }
  return {};
}

}  // namespace

std::string_view ConditionText(Condition condition) {
  switch (condition) {
    case Condition::kAlways:
      return "always";
    case Condition::kNonBlockingRearmed:
      return "non-blocking descriptor; not edge-triggered, or re-armed after the fault";
    case Condition::kRearmed:
      return "not edge-triggered, or re-armed after the fault";
    case Condition::kBlocking:
      return "blocking descriptor, stopped or signalled in the middle";
    case Condition::kHandler:
      return "a handler is installed for a signal";
    case Condition::kBlockingHandler:
      return "blocking descriptor, a handler without SA_RESTART";
    case Condition::kReportedNext:
      return "what is held back is reported by the next wait";
    case Condition::kDead:
      return "the connection is made really dead with it";
    case Condition::kConsumed:
      return "the pending connection is really consumed";
    case Condition::kClosed:
      return "the descriptor is closed all the same";
    case Condition::kRegisters:
      return "the call registers a descriptor (EPOLL_CTL_ADD)";
    case Condition::kProgramsMistake:
      return "hostile: only the program's own mistake causes it";
    case Condition::kNotOnTcp:
      return "hostile: other kinds of files and sockets answer it, TCP does not";
  }
  return "";
}

bool Hostile(Condition condition) {
  return condition == Condition::kProgramsMistake || condition == Condition::kNotOnTcp;
}

bool LegalityRow::covers(const Outcome& outcome) const {
  if (effect != EffectOf(outcome)) {
    return false;
  }
  const Errno* error = std::get_if<Errno>(&outcome);
  return error == nullptr || (error->number != 0 && std::find(errnos.begin(), errnos.end(),
                                                              error->number) != errnos.end());
}

std::vector<int> ErrnosOf(CallSet calls) {
  std::vector<int> all;
  for (const LegalityRow& row : LegalityTable()) {
    if (!(row.calls & calls).empty()) {
      std::copy_if(row.errnos.begin(), row.errnos.end(), std::back_inserter(all),
                   [](int number) { return number != 0; });
    }
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

CallSet SelectedCalls(const CallSelector& selector, const Outcome& outcome) {
  CallSet able;
  for (const LegalityRow& row : LegalityTable()) {
    if (row.covers(outcome)) {
      able = able | row.calls;
    }
  }
  return able & CallsOf(selector);
}

Judgement Judge(const Rule& rule) {
  if (SelectedCalls(rule.calls, rule.outcome).empty()) {
    return NoSuchOutcome(rule);
  }
  if (std::optional<Judgement> numbers = JudgeNumbers(rule)) {
    return *numbers;
  }
  if (std::optional<Judgement> subject = JudgeSubject(rule)) {
    return *subject;
  }
  return JudgeRows(rule);
}

bool Rule::hostile() const { return Judge(*this).verdict != Judgement::Verdict::kLegal; }

bool Plan::hostile() const {
  return std::any_of(rules.begin(), rules.end(), [](const Rule& rule) { return rule.hostile(); });
}

}  // namespace eagain::fault
