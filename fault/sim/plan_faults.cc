#include "eagain/fault/sim/plan_faults.h"

#include <utility>

#include "eagain/fault/plan/printer.h"

namespace eagain::sim {

Choice PlanFaults::choose(const Moment& moment) {
  fault::Decision decision = run_.decide(moment.event);
  Choice choice;
  choice.delay = std::chrono::nanoseconds(decision.delay).count();
  if (decision.fault) {
    choice.outcome = decision.fault->outcome;
    pending_.put(moment.index, std::move(*decision.fault));
  }
  return choice;
}

void PlanFaults::happened(const Moment& moment, const fault::Outcome& outcome) {
  run_.fired(pending_.take(moment.index), moment.event, fault::OutcomeText(outcome));
}

void PlanFaults::refused(const Moment& moment, const fault::Outcome& /*outcome*/) {
  run_.withdraw(pending_.take(moment.index), moment.event, "not possible at this moment");
}

}  // namespace eagain::sim
