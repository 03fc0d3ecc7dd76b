#include "eagain/fault/sim/call_counts.h"

#include <algorithm>

#include "eagain/fault/plan/plan_run.h"

namespace eagain::sim {
namespace {

// Calls of which a rule has no subject.
bool Subjectless(fault::Call call) {
  return CallsOf(fault::Family::kWait).contains(call) || call == fault::Call::kNanosleep;
}

}  // namespace

bool HasSubject(const Moment& moment) {
  return Subjectless(moment.event.call) || moment.event.role == fault::Role::kListener ||
         moment.event.role == fault::Role::kClient;
}

uint64_t CallCounts::Key(const Moment& moment, bool connection) {
  const fault::CallEvent& event = moment.event;
  return (connection ? event.connection << 16 : 0) | (static_cast<uint64_t>(event.role) << 8) |
         static_cast<uint64_t>(event.call);
}

void CallCounts::count(const Moment& moment) {
  asked_[Key(moment, false)].push_back(moment.event.asked);
  if (moment.event.connection > 0) {
    asked_[Key(moment, true)].push_back(moment.event.asked);
  }
}

uint64_t CallCounts::counted(const Moment& moment, const fault::Outcome& outcome,
                             bool connection) const {
  const auto found = asked_.find(Key(moment, connection));
  if (found == asked_.end()) {
    return 0;
  }
  const std::vector<uint64_t>& all = found->second;
  return static_cast<uint64_t>(std::count_if(all.begin(), all.end(), [&](uint64_t asked) {
    return !fault::ShortensNothing(outcome, asked);
  }));
}

fault::Rule CallCounts::RuleOn(const Moment& moment, const fault::Outcome& outcome,
                               bool connection) {
  fault::Rule rule;
  rule.calls = moment.event.call;
  rule.outcome = outcome;
  if (!Subjectless(moment.event.call)) {
    rule.on.role = moment.event.role;
    rule.on.connection = connection ? moment.event.connection : 0;
  }
  return rule;
}

fault::Rule CallCounts::rule_for(const Moment& moment, const fault::Outcome& outcome) const {
  const bool connection = moment.event.connection > 0;
  fault::Rule rule = RuleOn(moment, outcome, connection);
  rule.when.from = rule.when.to = counted(moment, outcome, connection);
  return rule;
}

fault::Rule CallCounts::rule_from(const Moment& moment, const fault::Outcome& outcome,
                                  uint64_t times) const {
  fault::Rule rule = RuleOn(moment, outcome, false);
  rule.when.from = counted(moment, outcome, false);
  rule.when.times = times;
  return rule;
}

}  // namespace eagain::sim
