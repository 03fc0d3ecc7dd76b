// Counts calls the way the rules of a plan do, so that a fault that happened in a simulation can be
// written as a rule that makes it happen again.
#pragma once

#include <cstdint>
#include <vector>

#include "eagain/fault/plan/plan.h"
#include "eagain/fault/sim/faults.h"

namespace eagain::sim {

class CallCounts {
 public:
  void clear() { calls_.clear(); }
  void count(const Moment& moment);

  // "exactly recv OUTCOME on client 2 at 3": this call and no other.
  fault::Rule rule_for(const Moment& moment, const fault::Outcome& outcome) const;
  // "exactly recv OUTCOME on client from 12 at most 8 times": from this call on, on all like it.
  fault::Rule rule_from(const Moment& moment, const fault::Outcome& outcome, uint64_t times) const;

 private:
  struct Counted {
    fault::Call call;
    fault::Role role;
    uint64_t connection;
    uint64_t asked;
  };

  // As a rule with that outcome counts (plan.h).
  uint64_t counted(const Moment& moment, const fault::Outcome& outcome, bool connection) const;
  static fault::Rule RuleOn(const Moment& moment, const fault::Outcome& outcome, bool connection);

  // All calls, in order: they are counted for the few that become rules, and never for the others.
  std::vector<Counted> calls_;
};

// Whether the language of plans has words for what the call is made on.
bool HasSubject(const Moment& moment);

}  // namespace eagain::sim
