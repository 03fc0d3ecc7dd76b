// A fault plan (eagain/fault/plan/plan.h) at work in the simulated kernel.
#pragma once

#include <optional>

#include "eagain/fault/plan/plan_run.h"
#include "eagain/fault/sim/by_call.h"
#include "eagain/fault/sim/faults.h"

namespace eagain::sim {

class PlanFaults final : public Faults {
 public:
  explicit PlanFaults(fault::Plan plan, fault::PlanRun::Options options = {})
      : run_(std::move(plan), options), hostile_(options.hostile) {}

  Choice choose(const Moment& moment) override;
  void happened(const Moment& moment, const fault::Outcome& outcome) override;
  void refused(const Moment& moment, const fault::Outcome& outcome) override;
  bool hostile() const override { return hostile_; }
  void listening() override { run_.listening(); }

  const fault::PlanRun& run() const { return run_; }

 private:
  fault::PlanRun run_;
  bool hostile_;
  ByCall<fault::Fault> pending_;  // what choose() has answered
};

}  // namespace eagain::sim
