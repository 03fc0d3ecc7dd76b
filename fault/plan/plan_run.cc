#include "eagain/fault/plan/plan_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "eagain/fault/plan/printer.h"

namespace eagain::fault {
namespace {

// splitmix64's finaliser: every bit of the input reaches every bit of the output.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

uint64_t Draw(uint64_t seed, size_t rule, uint64_t nth) { return Mix(Mix(Mix(seed) ^ rule) ^ nth); }

std::string EventText(const CallEvent& event) {
  std::string text(CallName(event.call));
  if (event.fd >= 0) {
    text += fmt::format(" on descriptor {}", event.fd);
  }
  if (event.role == Role::kClient) {
    text += fmt::format(" (client {})", event.connection);
  } else if (event.role == Role::kListener) {
    text += " (listener)";
  }
  if (event.asked != 0) {
    text += fmt::format(", asked for {}", event.asked);
  }
  return text;
}

// The texts of a record, which take longer to write than all the rest: only for those who read them.
FaultRecord WithTexts(FaultRecord record, const Plan& plan) {
  const Rule& rule = plan.rules[record.rule];
  Rule replay = rule;
  replay.when = When{.from = record.nth, .to = record.nth};
  record.rule_text = RuleText(rule);
  record.replay = RuleText(replay);
  return record;
}

}  // namespace

bool ShortensNothing(const Outcome& outcome, uint64_t asked) {
  const Short* transfer = std::get_if<Short>(&outcome);
  const Only* only = std::get_if<Only>(&outcome);
  const uint64_t most = transfer != nullptr ? transfer->bytes : only != nullptr ? only->events : 0;
  return most != 0 && asked <= most;
}

bool Rearms(Condition condition) {
  return condition == Condition::kNonBlockingRearmed || condition == Condition::kRearmed;
}

std::optional<std::string> Unmet(Condition condition, const CallEvent& event) {
  const bool edge = event.edge_triggered && !event.can_rearm;
  switch (condition) {
    case Condition::kNonBlockingRearmed:
      if (!event.non_blocking) {
        return "the descriptor is blocking";
      }
      [[fallthrough]];
    case Condition::kRearmed:
      return edge ? std::optional("the descriptor is edge-triggered and cannot be re-armed")
                  : std::nullopt;
    case Condition::kBlocking:
      return event.non_blocking ? std::optional("the descriptor is non-blocking") : std::nullopt;
    case Condition::kHandler:
      return event.handler ? std::nullopt : std::optional("no signal handler is installed");
    case Condition::kBlockingHandler:
      if (event.non_blocking) {
        return "the descriptor is non-blocking";
      }
      return event.interruptible
                 ? std::nullopt
                 : std::optional("no signal handler without SA_RESTART is installed");
    case Condition::kDead:
      return event.can_reset ? std::nullopt : std::optional("the connection cannot be reset");
    case Condition::kConsumed:
      return event.can_consume ? std::nullopt
                               : std::optional("no pending connection can be consumed");
    case Condition::kClosed:
      return event.can_close ? std::nullopt : std::optional("the descriptor cannot be closed");
    case Condition::kRegisters:
      return event.registers ? std::nullopt : std::optional("the call registers no descriptor");
    case Condition::kProgramsMistake:
    case Condition::kNotOnTcp:
      return std::string(ConditionText(condition));
    case Condition::kAlways:
    case Condition::kReportedNext:
      break;
  }
  return std::nullopt;
}

std::string FaultRecord::text() const {
  std::string text = fmt::format("{}: {}: {}", fired ? "fired" : "withheld", OutcomeText(outcome),
                                 EventText(event));
  if (fired) {
    text += fmt::format(", got {}", got);
  } else {
    text += fmt::format(": {}", reason);
  }
  text += rearmed ? "; re-armed" : "";
  text += level == Level::kShould ? "; SHOULD" : "";
  text += hostile ? "; hostile" : "";
  return text + fmt::format("; rule: {}; replay: {}", rule_text, replay);
}

PlanRun::PlanRun(Plan plan, Options options)
    : plan_(std::move(plan)),
      seed_(options.seed.value_or(plan_.seed.value_or(kDefaultSeed))),
      hostile_(options.hostile),
      only_(std::move(options.only)),
      on_record_(std::move(options.on_record)),
      counts_(plan_.rules.size()) {
  for (const Rule& rule : plan_.rules) {
    selected_.push_back(SelectedCalls(rule.calls, rule.outcome));
    assert(!selected_.back().empty());
    rule_hostile_.push_back(rule.hostile());
  }
}

CallSet PlanRun::calls() const {
  CallSet all;
  for (const CallSet calls : selected_) {
    all = all | calls;
  }
  return all;
}

void PlanRun::listening() {
  const std::lock_guard lock(mutex_);
  armed_ = true;
}

bool PlanRun::selects(size_t index, const CallEvent& event) const {
  const Rule& rule = plan_.rules[index];
  if (!selected_[index].contains(event.call) || !(armed_ || rule.from_the_start) ||
      ShortensNothing(rule.outcome, event.asked)) {
    return false;
  }
  const CallSet on_sockets = CallsOf(Family::kRecv) | CallsOf(Family::kSend) |
                             CallsOf(Family::kAccept) | Call::kShutdown | Call::kClose |
                             Call::kEpollCtl;
  if (!on_sockets.contains(event.call)) {
    return true;
  }
  const Subject& on = rule.on;
  const bool role = on.role == Role::kAny ? event.role != Role::kOther : event.role == on.role;
  const bool mode = on.mode == Mode::kAny || (on.mode == Mode::kNonBlocking) == event.non_blocking;
  return role && mode && (on.connection == 0 || on.connection == event.connection);
}

bool PlanRun::due(size_t index, uint64_t nth) const {
  if (only_) {
    return index < only_->size() && (*only_)[index].contains(nth);
  }
  const When& when = plan_.rules[index].when;
  if (nth < when.from || nth > when.to || (nth - when.from + 1) % when.every != 0 ||
      counts_[index].fired >= when.times) {
    return false;
  }
  if (when.probability_ppm == kCertain) {
    return true;
  }
  // The upper half scaled to millionths: no bias worth the name.
  return ((Draw(seed_, index, nth) >> 32) * kCertain) >> 32 < when.probability_ppm;
}

// What the rule does to this call, on which it is due: a fault, or the reason to withhold it.
PlanRun::Weighed PlanRun::weigh(size_t index, uint64_t nth, const CallEvent& event) const {
  Fault fault;
  fault.rule = index;
  fault.nth = nth;
  fault.outcome = plan_.rules[index].outcome;
  fault.chance = Draw(~seed_, index, nth);
  std::string reasons;
  for (const LegalityRow& row : LegalityTable()) {
    if (!row.calls.contains(event.call) || !row.covers(fault.outcome)) {
      continue;
    }
    std::optional<std::string> unmet = Unmet(row.condition, event);
    if (!unmet && event.whole && row.effect == Effect::kShort) {
      unmet = "MSG_WAITALL asks for all of it";
    }
    if (!unmet || hostile_) {
      fault.condition = row.condition;
      fault.level = row.level;
      fault.hostile = unmet.has_value() || rule_hostile_[index];
      fault.rearm = event.edge_triggered && event.can_rearm && Rearms(row.condition);
    }
    if (!unmet) {
      return fault;
    }
    reasons += (reasons.empty() ? "" : "; ") + *unmet;
  }
  if (hostile_) {
    return fault;
  }
  return reasons;
}

Decision PlanRun::decide(const CallEvent& event) {
  const std::lock_guard lock(mutex_);
  Decision decision;
  for (size_t i = 0; i < plan_.rules.size(); ++i) {
    if (!selects(i, event)) {
      continue;
    }
    const uint64_t nth = ++counts_[i].seen;
    if (!due(i, nth)) {
      continue;
    }
    if (const Delay* delay = std::get_if<Delay>(&plan_.rules[i].outcome)) {
      decision.delay += delay->duration;
      keep_fired(i, nth, event, DurationText(delay->duration) + " late", nullptr);
    } else if (!decision.fault) {
      Weighed weighed = weigh(i, nth, event);
      if (const Fault* fault = std::get_if<Fault>(&weighed)) {
        decision.fault = *fault;
        ++counts_[i].fired;  // from now on, so that two threads do not use up one permission
      } else {
        keep_withheld(i, nth, event, std::move(std::get<std::string>(weighed)));
      }
    }
  }
  return decision;
}

void PlanRun::fired(const Fault& fault, const CallEvent& event, std::string got) {
  const std::lock_guard lock(mutex_);
  --counts_[fault.rule].fired;
  keep_fired(fault.rule, fault.nth, event, std::move(got), &fault);
}

void PlanRun::withdraw(const Fault& fault, const CallEvent& event, std::string reason) {
  const std::lock_guard lock(mutex_);
  --counts_[fault.rule].fired;
  keep_withheld(fault.rule, fault.nth, event, std::move(reason));
}

void PlanRun::made_no_difference(const Fault& fault) {
  const std::lock_guard lock(mutex_);
  --counts_[fault.rule].fired;
  ++counts_[fault.rule].idle;
}

FaultRecord PlanRun::record_of(size_t index, uint64_t nth, const CallEvent& event) const {
  FaultRecord record;
  record.rule = index;
  record.nth = nth;
  record.event = event;
  record.outcome = plan_.rules[index].outcome;
  return record;
}

void PlanRun::keep_fired(size_t index, uint64_t nth, const CallEvent& event, std::string got,
                         const Fault* fault) {
  ++counts_[index].fired;
  if (!wanted()) {
    return;
  }
  FaultRecord record = record_of(index, nth, event);
  record.fired = true;
  record.got = std::move(got);
  if (fault != nullptr) {
    record.level = fault->level;
    record.rearmed = fault->rearm;
    record.hostile = fault->hostile;
  }
  keep(std::move(record));
}

void PlanRun::keep_withheld(size_t index, uint64_t nth, const CallEvent& event,
                            std::string reason) {
  ++counts_[index].withheld;
  if (!wanted()) {
    return;
  }
  FaultRecord record = record_of(index, nth, event);
  record.reason = std::move(reason);
  keep(std::move(record));
}

bool PlanRun::wanted() {
  ++record_count_;
  return has_room();
}

void PlanRun::keep(FaultRecord record) {
  if (on_record_) {
    on_record_(WithTexts(record, plan_));
  }
  if (records_.size() < kMaxRecords) {
    records_.push_back(std::move(record));
  }
}

std::vector<FaultRecord> PlanRun::records() const {
  const std::lock_guard lock(mutex_);
  std::vector<FaultRecord> records;
  records.reserve(records_.size());
  for (const FaultRecord& record : records_) {
    records.push_back(WithTexts(record, plan_));
  }
  return records;
}

bool PlanRun::keeps_records() const {
  const std::lock_guard lock(mutex_);
  return has_room();
}

std::vector<RuleCount> PlanRun::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

uint64_t PlanRun::record_count() const {
  const std::lock_guard lock(mutex_);
  return record_count_;
}

std::vector<size_t> PlanRun::never_fired() const {
  const std::lock_guard lock(mutex_);
  std::vector<size_t> never;
  for (size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i].fired == 0) {
      never.push_back(i);
    }
  }
  return never;
}

std::string PlanRun::report(size_t most) const {
  const std::lock_guard lock(mutex_);
  std::string text = fmt::format("faults: seed {}\n", seed_);
  text += hostile_
              ? "  hostile: faults are allowed that no kernel makes; what they break is no fault "
                "of the server's\n"
              : "";
  const size_t shown = std::min(most, records_.size());
  for (size_t i = 0; i < shown; ++i) {
    text += "  " + WithTexts(records_[i], plan_).text() + "\n";
  }
  if (shown < record_count_) {
    text += fmt::format("  ... and {} more\n", record_count_ - shown);
  }
  for (size_t i = 0; i < counts_.size(); ++i) {
    const RuleCount& count = counts_[i];
    text += fmt::format("  {}: {} call{}, fired on {}", RuleText(plan_.rules[i]), count.seen,
                        count.seen == 1 ? "" : "s", count.fired);
    text += count.withheld != 0 ? fmt::format(", withheld on {}", count.withheld) : "";
    text += count.idle != 0 ? fmt::format(", made no difference on {}", count.idle) : "";
    text += count.fired == 0 ? ": it never fired, so it shows nothing\n" : "\n";
  }
  return text;
}

}  // namespace eagain::fault
