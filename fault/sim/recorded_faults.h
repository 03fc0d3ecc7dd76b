// Lets another decide what goes wrong, and writes down what did: a plan whose rules name one call
// each, which makes the same happen again in the same scenario.
#pragma once

#include "eagain/fault/plan/plan.h"
#include "eagain/fault/sim/by_call.h"
#include "eagain/fault/sim/call_counts.h"
#include "eagain/fault/sim/faults.h"

namespace eagain::sim {

class RecordedFaults final : public Faults {
 public:
  // `faults` outlives this object.
  explicit RecordedFaults(Faults& faults) : faults_(faults) {}

  Choice choose(const Moment& moment) override;
  void happened(const Moment& moment, const fault::Outcome& outcome) override;
  void refused(const Moment& moment, const fault::Outcome& outcome) override;
  bool hostile() const override { return faults_.hostile(); }
  void listening() override;

  // In the order in which they happened.
  const fault::Plan& plan() const { return plan_; }

 private:
  Faults& faults_;
  CallCounts counts_;
  bool listening_ = false;
  ByCall<fault::Rule> pending_;  // as the calls were counted when they began
  fault::Plan plan_;
};

}  // namespace eagain::sim
