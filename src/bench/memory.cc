#include "eagain/bench/memory.h"

#include <optional>

#include "eagain/bench/load.h"
#include "eagain/driver/failure.h"
#include "eagain/driver/proc_files.h"
#include "eagain/driver/proc_stats.h"

namespace eagain::bench {
namespace {

// Without the pages of the program's file: a process's share of these grows when another one that runs
// the same program ends.
uint64_t UserSpaceBytes(pid_t root) {
  uint64_t kilobytes = 0;
  for (const pid_t pid : driver::ProcessTree(root)) {
    const auto rollup = driver::ReadProcFile("/proc/" + std::to_string(pid) + "/smaps_rollup");
    for (const char* kind : {"Pss_Anon:", "Pss_Shmem:"}) {
      kilobytes += rollup ? driver::NumberAfter(*rollup, kind).value_or(0) : 0;
    }
  }
  return kilobytes * 1024;
}

ClientMemory MeasureOnce(const Contender& contender, int clients, const Cpus& cpus,
                         std::chrono::milliseconds patience, const std::atomic<bool>& stop) {
  RunningContender server(contender, cpus.server);
  const pid_t pid = server.process().pid();
  const Address address{server.process().address(), server.process().port()};
  ClientMemory memory{.clients = clients};
  server.while_serving(cpus.load, [&] {
    Crowd crowd(address, stop, patience);
    crowd.add(1);
    crowd.greet();
    const auto before = static_cast<double>(UserSpaceBytes(pid));
    crowd.add(clients);
    crowd.greet_last();  // once that one is served, those before it have been taken in
    memory.untouched_bytes = (static_cast<double>(UserSpaceBytes(pid)) - before) / clients;
    crowd.greet();
    memory.used_bytes = (static_cast<double>(UserSpaceBytes(pid)) - before) / clients;
  });
  return memory;
}

}  // namespace

ClientMemory MeasureMemory(const Contender& contender, int clients, const Cpus& cpus,
                           std::chrono::milliseconds patience, const std::atomic<bool>& stop) {
  constexpr int kFewest = 100;
  while (true) {
    try {
      return MeasureOnce(contender, clients, cpus, patience, stop);
    } catch (const driver::Failure&) {
      if (clients / 10 < kFewest) {
        throw;
      }
      clients /= 10;
    }
  }
}

}  // namespace eagain::bench
