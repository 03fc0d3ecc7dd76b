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

void CallCounts::count(const Moment& moment) {
  const fault::CallEvent& event = moment.event;
  calls_.push_back({event.call, event.role, event.connection, event.asked});
}

uint64_t CallCounts::counted(const Moment& moment, const fault::Outcome& outcome,
                             bool connection) const {
  const fault::CallEvent& event = moment.event;
  return static_cast<uint64_t>(std::count_if(calls_.begin(), calls_.end(), [&](const Counted& one) {
    return one.call == event.call && one.role == event.role &&
           (!connection || one.connection == event.connection) &&
           !fault::ShortensNothing(outcome, one.asked);
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
