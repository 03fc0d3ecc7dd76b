#include "eagain/fault/sim/schedule.h"

#include <fmt/format.h>

#include <algorithm>

namespace eagain::sim {
namespace {

constexpr Time kServerIsUp = kMillisecond;

// A stopped server flushes for a while only, and a slow reader must have read all by then.
constexpr uint64_t kLongestReadingUs = 200'000;

// A client's bytes, sent and echoed: enough to fill every buffer, and little enough for thousands of
// schedules a second.
constexpr uint32_t kMostBytes = 12'000;

class Draw {
 public:
  Draw(uint64_t seed, bool serial) : random_(seed), serial_(serial) {}

  SimOptions machine(uint64_t seed) {
    SimOptions machine;
    machine.seed = seed;
    if (coin()) {
      machine.send_buffer = one_of({512, 1024, 2048, 4608});
      machine.receive_buffer = one_of({512, 1024, 2304, 4096});
    }
    machine.handlers_restart = coin();
    machine.latency = one_of({0, 0, 5, 50, 300}) * kMicrosecond;
    for (uint32_t* odds : {&machine.slow_segment, &machine.cut_segment, &machine.late_end,
                           &machine.late_acknowledgement, &machine.shuffle_ready,
                           &machine.fewer_ready, &machine.switch_task}) {
      *odds = one_of<uint32_t>({0, 0, 30, 300});
    }
    machine.multishot_receive = coin();
    return machine;
  }

  Tuning tuning() {
    if (random_.below(4) == 0) {
      return {};
    }
    Tuning tuning;
    tuning.receive_buffer = one_of<size_t>({100, 512, 1024, 4096});
    tuning.high_water = tuning.receive_buffer * one_of<size_t>({1, 2, 4});
    tuning.low_water = tuning.high_water / one_of<size_t>({2, 4, 100});
    return tuning;
  }

  std::vector<ClientScript> clients(const SimOptions& machine) {
    const uint32_t most = one_of<uint32_t>({1, 3, 6, 10});
    std::vector<ClientScript> scripts(random_.between(1, most));
    const uint32_t spread_us = one_of<uint32_t>({0, 0, 100, 2'000});
    for (ClientScript& script : scripts) {
      script = client(machine);
      script.connects_at = kServerIsUp + random_.below(spread_us + 1) * kMicrosecond;
    }
    if (!serial_ && scripts.size() > 1 && random_.below(50) == 0) {
      scripts.front() = flood();
    }
    return scripts;
  }

  Time stop_at() {
    return random_.below(4) == 0 ? kServerIsUp + random_.below(5'000) * kMicrosecond : 0;
  }

  // Besides those that are taken for good.
  int spare_descriptors(const std::vector<ClientScript>& clients) {
    const auto stays = [](const ClientScript& script) {
      return script.ending == Ending::kStay || script.floods;
    };
    const auto taken = std::count_if(clients.begin(), clients.end(), stays);
    return random_.below(6) == 0 ? one_of({1, 2, 4}) + static_cast<int>(taken) : 0;
  }

  FaultOdds faults(uint64_t seed, fault::Level level) {
    FaultOdds odds;
    odds.seed = seed;
    odds.level = level;
    odds.per_mille = one_of<uint32_t>({0, 5, 20, 100, 500});
    odds.most = random_.between(1, 24);
    for (uint32_t kind = 0; kind < kFaultKinds; ++kind) {
      odds.kinds |= coin() ? 1U << kind : 0;
    }
    return odds;
  }

 private:
  bool coin() { return random_.below(2) == 0; }

  template <typename T, size_t kCount>
  T one_of(const T (&choices)[kCount]) {
    return choices[random_.below(kCount)];
  }

  ClientScript client(const SimOptions& machine) {
    ClientScript script;
    script.message_size = one_of<uint32_t>({1, 10, 64, 700, 3'000});
    script.messages = random_.between(1, 10);
    script.messages = std::clamp<uint32_t>(kMostBytes / script.message_size, 1, script.messages);
    script.pipelined = coin();
    script.ending =
        one_of({Ending::kClose, Ending::kClose, Ending::kHalfClose, Ending::kReset, Ending::kStay});
    if (serial_ && script.ending == Ending::kStay) {
      script.ending = Ending::kHalfClose;
    }
    if (random_.below(3) == 0) {
      script.message_pause = one_of({50, 1'000}) * kMicrosecond;
    }
    if (random_.below(3) == 0) {
      read_slowly(script);
    } else if (script.ending == Ending::kReset || script.ending == Ending::kStay) {
      stop_reading(script, machine);
    }
    return script;
  }

  void read_slowly(ClientScript& script) {
    script.read_size = one_of<uint32_t>({50, 1'000, 16'384});
    const uint64_t reads = script.total() / script.read_size + 1;
    const uint64_t pause_us = std::min(one_of<uint64_t>({20, 300}), kLongestReadingUs / reads);
    script.read_pause = static_cast<Time>(pause_us) * kMicrosecond;
    if (coin()) {
      script.stalls_after = random_.between(1, static_cast<uint32_t>(script.total()));
      script.stall = one_of({1, 20}) * kMillisecond;
    }
  }

  // Who resets once all is sent must be able to send it, and waits for nothing meanwhile.
  void stop_reading(ClientScript& script, const SimOptions& machine) {
    if (coin()) {
      return;
    }
    script.reads = false;
    script.pipelined = true;
    const uint32_t fits = static_cast<uint32_t>(machine.send_buffer);
    if (script.ending == Ending::kReset && script.total() > fits) {
      script.message_size = std::min(script.message_size, fits);
      script.messages = std::min(script.messages, fits / script.message_size);
    }
  }

  ClientScript flood() {
    ClientScript script;
    script.connects_at = kServerIsUp;
    script.messages = 4;
    script.message_size = 8 * 1024;
    script.pipelined = script.floods = true;
    return script;
  }

  Random random_;
  bool serial_;
};

}  // namespace

Schedule ScheduleOf(uint64_t seed, bool serial, fault::Level level) {
  Draw draw(seed, serial);
  Schedule schedule;
  Scenario& scenario = schedule.scenario;
  scenario.name = fmt::format("seed {}", seed);
  scenario.machine = draw.machine(seed);
  scenario.tuning = draw.tuning();
  scenario.clients = draw.clients(scenario.machine);
  scenario.stop_at = draw.stop_at();
  scenario.spare_descriptors = draw.spare_descriptors(scenario.clients);
  schedule.faults = draw.faults(seed, level);
  return schedule;
}

}  // namespace eagain::sim
