#include "eagain/bench/sample.h"

#include <optional>

#include "eagain/bench/call_counter.h"
#include "eagain/bench/memory.h"
#include "eagain/driver/proc_stats.h"

namespace eagain::bench {

namespace {

Sample OfMemory(const Contender& contender, const Measure& measure, const BenchOptions& options,
                const std::atomic<bool>& stop) {
  const ClientMemory memory =
      MeasureMemory(contender, measure.shape.idle, options.cpus, options.patience, stop);
  Sample sample;
  sample.memory_clients = memory.clients;
  sample.untouched_bytes = memory.untouched_bytes;
  sample.used_bytes = memory.used_bytes;
  return sample;
}

}  // namespace

Sample TakeSample(const Contender& contender, const Measure& measure, const BenchOptions& options,
                  const std::atomic<bool>& stop) {
  if (measure.kind == Kind::kMemory) {
    return OfMemory(contender, measure, options, stop);
  }
  RunningContender server(contender, options.cpus.server);
  const pid_t pid = server.process().pid();
  std::optional<CallCounter> calls;
  if (measure.kind == Kind::kCalls) {
    calls.emplace(pid);
  }
  const LoadTarget target{
      .address = {server.process().address(), server.process().port()}, .usage = [&] {
        return Usage{.cpu = driver::CpuOf(pid), .calls = calls ? calls->count() : 0};
      }};
  Sample sample;
  server.while_serving(measure.one_cpu ? options.cpus.server : options.cpus.load, [&] {
    sample.load = RunLoad(target, measure.shape, options.slice, stop, options.patience);
  });
  return sample;
}

}  // namespace eagain::bench
