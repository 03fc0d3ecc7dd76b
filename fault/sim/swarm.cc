#include "eagain/fault/sim/swarm.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "eagain/fault/plan/printer.h"
#include "eagain/fault/sim/plan_faults.h"
#include "eagain/fault/sim/recorded_faults.h"
#include "eagain/fault/sim/trace_end.h"

namespace eagain::sim {
namespace {

SwarmFailure Explain(Simulation& simulation, uint64_t seed, const SwarmOptions& options,
                     const Violation& violation) {
  const Schedule schedule = ScheduleOf(seed, options.expectations.serial, options.level);
  RandomFaults faults(schedule.faults);
  RecordedFaults recorded(faults);
  simulation.run(schedule.scenario, &recorded);
  SwarmFailure failure{seed, schedule, violation, recorded.plan(), {}, {}};
  failure.shrunk =
      Shrink(simulation, schedule.scenario, failure.plan, violation, options.shrink_runs);
  PlanFaults again(failure.shrunk.plan);
  simulation.run(Reduced(schedule.scenario, failure.shrunk.reduction), &again, &failure.trace);
  return failure;
}

std::string MachineText(const SimOptions& machine) {
  return fmt::format(
      "buffers {}/{} bytes, latency {}us; of 1000: {} slow, {} cut, {} late ends, {} late "
      "acknowledgements, {} batches shuffled, {} cut short, {} switches{}{}",
      machine.send_buffer, machine.receive_buffer, machine.latency / kMicrosecond,
      machine.slow_segment, machine.cut_segment, machine.late_end, machine.late_acknowledgement,
      machine.shuffle_ready, machine.fewer_ready, machine.switch_task,
      machine.handlers_restart ? "; SA_RESTART" : "",
      machine.multishot_receive ? "" : "; no limited multishot receive");
}

}  // namespace

std::string ScenarioText(const Scenario& scenario) {
  std::string text = fmt::format("  machine: {}\n", MachineText(scenario.machine));
  if (scenario.tuning != Tuning()) {
    text += fmt::format("  server: receives {} bytes at a time, keeps {} to {} for a client\n",
                        scenario.tuning.receive_buffer, scenario.tuning.low_water,
                        scenario.tuning.high_water);
  }
  if (scenario.spare_descriptors > 0) {
    text += fmt::format("  descriptors: {} to spare\n", scenario.spare_descriptors);
  }
  if (scenario.stop_at > 0) {
    text += fmt::format("  SIGTERM: at {}us\n", scenario.stop_at / kMicrosecond);
  }
  for (size_t i = 0; i < scenario.clients.size(); ++i) {
    text += fmt::format("  client {}: {}\n", i + 1, Describe(scenario.clients[i]));
  }
  return text;
}

std::string OptionsText(const Schedule& schedule) {
  return ScenarioText(schedule.scenario) + fmt::format("  faults: {}\n", Describe(schedule.faults));
}

std::string SwarmReport::text() const {
  std::string text = fmt::format("{} seeds, {} calls, {} faults, {} failures\n", seeds, calls,
                                 faults, failures.size());
  for (const SwarmFailure& failure : failures) {
    const Reduction& reduction = failure.shrunk.reduction;
    text += fmt::format("\nseed {}: {}: {}\n{}", failure.seed, failure.violation.rule,
                        failure.violation.what, OptionsText(failure.schedule));
    text += fmt::format(
        "  plan: {}\nshrunk in {} runs to clients {}, messages {}{}: {}\n  plan: {}\n{}",
        fault::PlanInOneLine(failure.plan), failure.shrunk.runs,
        reduction.clients.empty() ? "all" : fmt::format("{}", fmt::join(reduction.clients, ",")),
        reduction.messages == 0 ? "all" : fmt::format("{}", reduction.messages),
        reduction.calm ? ", calm" : "", failure.shrunk.violation.what,
        fault::PlanInOneLine(failure.shrunk.plan), EndOfTrace(failure.trace));
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
      report.failures.push_back(Explain(simulation, seed, options, *result.violation));
    }
    if (report.failures.size() >= options.most_failures ||
        (options.progress && !options.progress(report.seeds))) {
      break;
    }
  }
  return report;
}

}  // namespace eagain::sim
