#include "eagain/fault/sim/call_counts.h"

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
  ++counts_[Key(moment, false)];
  if (moment.event.connection > 0) {
    ++counts_[Key(moment, true)];
  }
}

uint64_t CallCounts::counted(const Moment& moment, bool connection) const {
  const auto found = counts_.find(Key(moment, connection));
  return found != counts_.end() ? found->second : 0;
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
  rule.when.from = rule.when.to = counted(moment, connection);
  return rule;
}

fault::Rule CallCounts::rule_from(const Moment& moment, const fault::Outcome& outcome,
                                  uint64_t times) const {
  fault::Rule rule = RuleOn(moment, outcome, false);
  rule.when.from = counted(moment, false);
  rule.when.times = times;
  return rule;
}

}  // namespace eagain::sim
