#include "eagain/cli/simulated/simulated_strategy.h"

#include <memory>

namespace eagain {

sim::ServerMain SimulatedStrategy(const Strategy& strategy, const ServerOptions& options) {
  return [&strategy, options](Sys& sys, sim::Process& process) {
    Stop stop(sys);
    process.on_sigterm([&stop] { stop.request(); });
    ServerOptions here = options;
    here.host = process.host();
    here.port = process.port();
    here.loops = 2;  // whatever the machine has
    if (const sim::Tuning& tuning = process.tuning(); tuning.receive_buffer > 0) {
      here.session = {.receive_buffer = tuning.receive_buffer,
                      .high_water = tuning.high_water,
                      .low_water = tuning.low_water};
    }
    strategy.make(sys, here)->run(stop);
    return 0;
  };
}

sim::Expectations ExpectationsOf(const Strategy& strategy) {
  sim::Expectations expectations;
  expectations.serial = strategy.name == "blocking";
  expectations.stop_flushes = true;
  if (strategy.name == "threads" || strategy.name == "reactors") {
    // What one thread waits for, it waits for while the calls of all others are counted.
    expectations.unserved_looks *= 16;
  }
  return expectations;
}

const char* WhyNotSimulated(const Strategy& strategy) {
  if (strategy.name == "processes") {
    return "its processes are the kernel's: a fork cannot be simulated in one address space";
  }
  return nullptr;
}

}  // namespace eagain
