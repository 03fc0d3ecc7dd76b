#include "eagain/fault/sim/plan_faults.h"

#include <utility>

#include "eagain/fault/plan/printer.h"

namespace eagain::sim {

Choice PlanFaults::choose(const Moment& moment) {
  fault::Decision decision = run_.decide(moment.event);
  pending_ = std::move(decision.fault);
  Choice choice;
  choice.delay = std::chrono::nanoseconds(decision.delay).count();
  if (pending_) {
    choice.outcome = pending_->outcome;
  }
  return choice;
}

void PlanFaults::happened(const Moment& moment, const fault::Outcome& outcome) {
  run_.fired(*pending_, moment.event, fault::OutcomeText(outcome));
}

void PlanFaults::refused(const Moment& moment, const fault::Outcome& /*outcome*/) {
  run_.withdraw(*pending_, moment.event, "not possible at this moment");
}

}  // namespace eagain::sim
