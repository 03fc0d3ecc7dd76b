#include "eagain/fault/sim/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "eagain/fault/plan/printer.h"
#include "eagain/fault/sim/call_counts.h"
#include "eagain/fault/sim/trace_end.h"

namespace eagain::sim {
namespace {

using fault::Outcome;

// Disturbs nothing; notes what could have been.
class Probe final : public Faults {
 public:
  struct Site {
    uint64_t index;
    std::vector<Outcome> outcomes;
  };

  explicit Probe(fault::Level level) : level_(level) {}

  Choice choose(const Moment& moment) override {
    if (listening_ && WhileServing(moment)) {
      PossibleOutcomes(moment, level_, outcomes_);
      if (!outcomes_.empty()) {
        sites_.push_back({moment.index, outcomes_});
      }
    }
    return {};
  }
  void happened(const Moment& /*moment*/, const Outcome& /*outcome*/) override {}
  void listening() override { listening_ = true; }

  const std::vector<Site>& sites() const { return sites_; }

 private:
  fault::Level level_;
  bool listening_ = false;
  std::vector<Outcome> outcomes_;
  std::vector<Site> sites_;
};

// One fault at one call, and at the next ones of its kind.
class FaultAt final : public Faults {
 public:
  FaultAt(uint64_t index, const Outcome& outcome, uint64_t times)
      : index_(index), outcome_(outcome), times_(times) {}

  Choice choose(const Moment& moment) override {
    if (moment.index < index_ || fired_ >= times_ || (fired_ == 0 && moment.index > index_)) {
      return {};
    }
    if (moment.index == index_) {
      call_ = moment.event.call;
      role_ = moment.event.role;
    } else if (moment.event.call != call_ || moment.event.role != role_) {
      return {};
    }
    Choice choice;
    choice.outcome = outcome_;
    return choice;
  }
  void happened(const Moment& /*moment*/, const Outcome& /*outcome*/) override { ++fired_; }

 private:
  uint64_t index_;
  Outcome outcome_;
  uint64_t times_;
  uint64_t fired_ = 0;
  fault::Call call_{};
  fault::Role role_{};
};

// Lets another decide, and writes what it did as a rule.
class Named final : public Faults {
 public:
  Named(Faults& faults, uint64_t times) : faults_(faults), times_(times) {}

  Choice choose(const Moment& moment) override {
    if (listening_) {
      counts_.count(moment);
    }
    return faults_.choose(moment);
  }
  void happened(const Moment& moment, const Outcome& outcome) override {
    if (rule_.empty()) {
      rule_ = fault::RuleText(times_ == 1 ? counts_.rule_for(moment, outcome)
                                          : counts_.rule_from(moment, outcome, times_));
    }
    faults_.happened(moment, outcome);
  }
  void listening() override { listening_ = true; }

  const std::string& rule() const { return rule_; }

 private:
  Faults& faults_;
  uint64_t times_;
  bool listening_ = false;
  CallCounts counts_;
  std::string rule_;
};

class Sweeper {
 public:
  Sweeper(const ServerMain& server, const SweepOptions& options)
      : options_(options), simulation_(server, options.expectations) {}

  SweepReport sweep() {
    for (const Scenario& scenario : options_.scenarios) {
      if (scenario.needs_concurrency && options_.expectations.serial) {
        ++report_.skipped;
      } else {
        sweep(scenario);
      }
    }
    return std::move(report_);
  }

 private:
  void sweep(const Scenario& scenario) {
    ++report_.scenarios;
    ++report_.runs;
    failures_ = 0;
    Probe probe(options_.level);
    const RunResult result = simulation_.run(scenario, &probe);
    if (!result.ok()) {
      std::string trace;
      simulation_.run(scenario, nullptr, &trace);
      report_.failures.push_back({scenario.name, "", *result.violation, std::move(trace)});
      return;
    }
    const std::vector<Probe::Site>& sites = probe.sites();
    for (size_t i = 0; i < sites.size(); i += options_.stride) {
      const Probe::Site& site = sites[i];
      ++report_.calls;
      for (const Outcome& outcome : site.outcomes) {
        for (const uint64_t times : {uint64_t{1}, options_.lasts_for}) {
          if (failures_ < options_.most_failures) {
            disturb(scenario, site.index, outcome, times);
          }
        }
      }
    }
  }

  void disturb(const Scenario& scenario, uint64_t index, const Outcome& outcome, uint64_t times) {
    ++report_.runs;
    if (options_.progress && report_.runs % 1024 == 0) {
      options_.progress(scenario, report_.runs);
    }
    FaultAt fault(index, outcome, times);
    const RunResult result = simulation_.run(scenario, &fault);
    if (result.ok()) {
      return;
    }
    ++failures_;
    FaultAt again(index, outcome, times);
    Named named(again, times);
    std::string trace;
    simulation_.run(scenario, &named, &trace);
    report_.failures.push_back({scenario.name, named.rule(), *result.violation, std::move(trace)});
  }

  const SweepOptions& options_;
  Simulation simulation_;
  SweepReport report_;
  size_t failures_ = 0;
};

}  // namespace

std::string SweepReport::text() const {
  std::string text = fmt::format("{} runs: {} scenarios, {} calls disturbed, {} failures\n", runs,
                                 scenarios, calls, failures.size());
  for (const SweepFailure& failure : failures) {
    text += fmt::format("\n{}: {}: {}\n  fault: {}\n{}", failure.scenario, failure.violation.rule,
                        failure.violation.what, failure.plan.empty() ? "none" : failure.plan,
                        EndOfTrace(failure.trace));
  }
  return text;
}

SweepReport Sweep(const ServerMain& server, const SweepOptions& options) {
  return Sweeper(server, options).sweep();
}

}  // namespace eagain::sim
