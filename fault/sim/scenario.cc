#include "eagain/fault/sim/scenario.h"

#include <utility>

namespace eagain::sim {
namespace {

constexpr Time kFirstClient = kMillisecond;  // when the server is surely up

// Small buffers, so that a few KB are backpressure.
SimOptions SmallMachine() {
  SimOptions machine;
  machine.send_buffer = 2048;
  machine.receive_buffer = 2048;
  return machine;
}

Scenario Named(std::string name, const SimOptions& machine) {
  Scenario scenario;
  scenario.name = std::move(name);
  scenario.machine = machine;
  scenario.tuning = {.receive_buffer = 4096, .high_water = 8192, .low_water = 2048};
  return scenario;
}

ClientScript Talk(uint32_t messages, uint32_t size) {
  ClientScript script;
  script.connects_at = kFirstClient;
  script.messages = messages;
  script.message_size = size;
  return script;
}

ClientScript SlowReader(uint32_t bytes, Ending ending) {
  ClientScript script = Talk(1, bytes);
  script.pipelined = true;
  script.read_size = 1500;
  script.read_pause = 300 * kMicrosecond;
  script.stalls_after = 1;
  script.stall = 5 * kMillisecond;
  script.ending = ending;
  return script;
}

Scenario Backpressure() {
  Scenario scenario = Named("backpressure", SmallMachine());
  scenario.clients = {SlowReader(16'000, Ending::kClose)};
  return scenario;
}

Scenario HalfClose() {
  Scenario scenario = Named("half-close with queued bytes", SmallMachine());
  ClientScript at_once = Talk(1, 10);  // its bytes and its end arrive together
  at_once.ending = Ending::kHalfClose;
  scenario.clients = {SlowReader(12'000, Ending::kHalfClose), Talk(2, 10), at_once};
  return scenario;
}

Scenario Reset() {
  Scenario scenario = Named("reset with queued bytes", SmallMachine());
  ClientScript script = Talk(1, 5'000);
  script.pipelined = true;
  script.reads = false;
  script.ending = Ending::kReset;
  ClientScript after = Talk(2, 10);
  after.connects_at = kFirstClient + 200 * kMicrosecond;
  scenario.clients = {script, Talk(4, 10), after};
  return scenario;
}

Scenario Burst() {
  Scenario scenario = Named("a burst of newcomers", SimOptions());
  scenario.clients.assign(12, Talk(1, 10));
  return scenario;
}

// One leaves at last, and those who waited are served.
Scenario DescriptorLimit() {
  Scenario scenario = Named("running out of descriptors", SimOptions());
  ClientScript script = Talk(3, 10);
  script.message_pause = 2 * kMillisecond;
  scenario.clients.assign(5, script);
  scenario.spare_descriptors = 2;
  return scenario;
}

Scenario StopWithClients() {
  Scenario scenario = Named("stopping with clients connected", SmallMachine());
  ClientScript quiet = Talk(1, 20);
  quiet.ending = Ending::kStay;
  ClientScript busy = Talk(1'000, 20);
  ClientScript slow = SlowReader(12'000, Ending::kClose);
  scenario.clients = {quiet, busy, slow};
  scenario.stop_at = kFirstClient + 2 * kMillisecond;
  return scenario;
}

Scenario Flood() {
  Scenario scenario = Named("a flood beside a quiet client", SimOptions());
  ClientScript flood = Talk(4, 16 * 1024);
  flood.floods = flood.pipelined = true;
  ClientScript quiet = Talk(5, 10);
  quiet.connects_at = kFirstClient + 100 * kMicrosecond;
  scenario.clients = {flood, quiet};
  scenario.needs_concurrency = true;
  return scenario;
}

Scenario NeverReads() {
  Scenario scenario = Named("a client that never reads", SmallMachine());
  ClientScript script = Talk(1, 512 * 1024);
  script.pipelined = true;
  script.reads = false;
  script.ending = Ending::kStay;
  ClientScript other = Talk(5, 10);
  other.message_pause = kMillisecond;
  scenario.clients = {script, other};
  scenario.needs_concurrency = true;
  return scenario;
}

}  // namespace

std::vector<Scenario> StandardScenarios() {
  Scenario one = Named("one client", SimOptions());
  one.clients = {Talk(3, 10)};
  Scenario two = Named("two clients at once", SimOptions());
  two.clients = {Talk(3, 10), Talk(3, 17)};
  return {one,     two,         Backpressure(),    HalfClose(),
          Reset(), Burst(),     DescriptorLimit(), StopWithClients(),
          Flood(), NeverReads()};
}

}  // namespace eagain::sim
