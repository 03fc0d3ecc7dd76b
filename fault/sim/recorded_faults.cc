#include "eagain/fault/sim/recorded_faults.h"

#include <chrono>

namespace eagain::sim {

Choice RecordedFaults::choose(const Moment& moment) {
  if (listening_) {
    counts_.count(moment);
  }
  Choice choice = faults_.choose(moment);
  if (choice.delay > 0) {
    const std::chrono::microseconds duration(choice.delay / kMicrosecond);
    plan_.rules.push_back(counts_.rule_for(moment, fault::Delay{duration}));
  }
  if (choice.outcome) {
    pending_.put(moment.index, counts_.rule_for(moment, *choice.outcome));
  }
  return choice;
}

void RecordedFaults::happened(const Moment& moment, const fault::Outcome& outcome) {
  plan_.rules.push_back(pending_.take(moment.index));
  faults_.happened(moment, outcome);
}

void RecordedFaults::refused(const Moment& moment, const fault::Outcome& outcome) {
  pending_.take(moment.index);
  faults_.refused(moment, outcome);
}

void RecordedFaults::listening() {
  listening_ = true;
  faults_.listening();
}

}  // namespace eagain::sim
