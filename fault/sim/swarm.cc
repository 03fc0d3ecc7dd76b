#include "eagain/fault/sim/swarm.h"

#include <fmt/format.h>

#include <utility>

#include "eagain/fault/plan/printer.h"
#include "eagain/fault/sim/recorded_faults.h"
#include "eagain/fault/sim/trace_end.h"

namespace eagain::sim {
namespace {

SwarmFailure Explain(Simulation& simulation, uint64_t seed, const Schedule& schedule,
                     const Violation& violation) {
  RandomFaults faults(schedule.faults);
  RecordedFaults recorded(faults);
  SwarmFailure failure{seed, schedule, violation, {}, {}};
  simulation.run(schedule.scenario, &recorded, &failure.trace);
  failure.plan = recorded.plan();
  return failure;
}

}  // namespace

std::string SwarmReport::text() const {
  std::string text = fmt::format("{} seeds, {} calls, {} faults, {} failures\n", seeds, calls,
                                 faults, failures.size());
  for (const SwarmFailure& failure : failures) {
    text += fmt::format("\nseed {}: {}: {}\n  faults: {}\n", failure.seed, failure.violation.rule,
                        failure.violation.what, Describe(failure.schedule.faults));
    for (const ClientScript& script : failure.schedule.scenario.clients) {
      text += fmt::format("  client: {}\n", Describe(script));
    }
    text += fmt::format("  plan: {}\n{}", fault::PlanInOneLine(failure.plan),
                        EndOfTrace(failure.trace));
  }
  return text;
}

SwarmReport Swarm(const ServerMain& server, const SwarmOptions& options) {
  Simulation simulation(server, options.expectations);
  SwarmReport report;
  for (uint64_t seed = options.first_seed; seed <= options.last_seed; ++seed) {
    const Schedule schedule = ScheduleOf(seed, options.expectations.serial, options.level);
    RandomFaults faults(schedule.faults);
    const RunResult result = simulation.run(schedule.scenario, &faults);
    ++report.seeds;
    report.calls += result.calls;
    report.faults += faults.count();
    if (!result.ok()) {
      report.failures.push_back(Explain(simulation, seed, schedule, *result.violation));
    }
    if (report.failures.size() >= options.most_failures ||
        (options.progress && !options.progress(report.seeds))) {
      break;
    }
  }
  return report;
}

}  // namespace eagain::sim
