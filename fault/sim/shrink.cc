#include "eagain/fault/sim/shrink.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "eagain/fault/sim/plan_faults.h"

namespace eagain::sim {
namespace {

SimOptions Calm(SimOptions machine) {
  machine.latency = 0;
  machine.slow_segment = machine.cut_segment = machine.late_end = machine.late_acknowledgement = 0;
  machine.shuffle_ready = machine.fewer_ready = machine.switch_task = 0;
  return machine;
}

class Shrinker {
 public:
  Shrinker(Simulation& simulation, const Scenario& scenario, const fault::Plan& plan,
           const Violation& violation, uint64_t most_runs)
      : simulation_(simulation), scenario_(scenario), most_runs_(most_runs) {
    best_.plan = plan;
    best_.violation = violation;
  }

  Shrunk shrink() {
    bool smaller = true;
    while (smaller && best_.runs < most_runs_) {
      smaller = calm_down();
      smaller |= drop_clients();
      smaller |= drop_messages();
      smaller |= drop_rules();
    }
    return std::move(best_);
  }

 private:
  // Whether it still fails like this; then that is the best so far.
  bool accept(const Reduction& reduction, const fault::Plan& plan) {
    if (best_.runs >= most_runs_) {
      return false;
    }
    ++best_.runs;
    PlanFaults faults(plan);
    RunResult result = simulation_.run(Reduced(scenario_, reduction), &faults);
    if (result.ok() || result.violation->rule != best_.violation.rule) {
      return false;
    }
    best_.reduction = reduction;
    best_.plan = plan;
    best_.violation = std::move(*result.violation);
    return true;
  }

  bool calm_down() {
    Reduction calmer = best_.reduction;
    calmer.calm = true;
    return calmer != best_.reduction && accept(calmer, best_.plan);
  }

  bool drop_clients() {
    std::vector<uint32_t> clients = best_.reduction.clients;
    if (clients.empty()) {
      clients.resize(scenario_.clients.size());
      std::iota(clients.begin(), clients.end(), 1U);
    }
    bool dropped = false;
    for (size_t i = clients.size(); i-- > 0 && clients.size() > 1;) {
      Reduction fewer = best_.reduction;
      fewer.clients = clients;
      fewer.clients.erase(fewer.clients.begin() + static_cast<ptrdiff_t>(i));
      if (accept(fewer, best_.plan)) {
        clients = fewer.clients;
        dropped = true;
      }
    }
    return dropped;
  }

  bool drop_messages() {
    uint32_t now = 0;
    for (const ClientScript& script : Reduced(scenario_, best_.reduction).clients) {
      now = std::max(now, script.messages);
    }
    for (uint32_t messages = 1; messages < now; messages *= 2) {
      Reduction fewer = best_.reduction;
      fewer.messages = messages;
      if (accept(fewer, best_.plan)) {
        return true;
      }
    }
    return false;
  }

  // Halves, quarters, ... single rules.
  bool drop_rules() {
    bool dropped = false;
    for (size_t size = best_.plan.rules.size(); size > 0; size /= 2) {
      for (size_t at = 0; at < best_.plan.rules.size();) {
        fault::Plan fewer = best_.plan;
        const auto from = fewer.rules.begin() + static_cast<ptrdiff_t>(at);
        const size_t count = std::min(size, fewer.rules.size() - at);
        fewer.rules.erase(from, from + static_cast<ptrdiff_t>(count));
        if (accept(best_.reduction, fewer)) {
          dropped = true;
        } else {
          at += size;
        }
      }
    }
    return dropped;
  }

  Simulation& simulation_;
  const Scenario& scenario_;
  uint64_t most_runs_;
  Shrunk best_;
};

}  // namespace

Scenario Reduced(const Scenario& scenario, const Reduction& reduction) {
  Scenario reduced = scenario;
  if (!reduction.clients.empty()) {
    reduced.clients.clear();
    for (const uint32_t client : reduction.clients) {
      if (client >= 1 && client <= scenario.clients.size()) {
        reduced.clients.push_back(scenario.clients[client - 1]);
      }
    }
  }
  for (ClientScript& script : reduced.clients) {
    script.messages =
        reduction.messages == 0 ? script.messages : std::min(script.messages, reduction.messages);
  }
  if (reduction.calm) {
    reduced.machine = Calm(reduced.machine);
  }
  return reduced;
}

Shrunk Shrink(Simulation& simulation, const Scenario& scenario, const fault::Plan& plan,
              const Violation& violation, uint64_t most_runs) {
  return Shrinker(simulation, scenario, plan, violation, most_runs).shrink();
}

}  // namespace eagain::sim
