#include "eagain/driver/fair_time.h"

#include <algorithm>
#include <unordered_map>

namespace eagain::driver {
namespace {

using std::chrono::nanoseconds;

using Threads = std::unordered_map<pid_t, const ThreadSample*>;

// A call that is handed to the tracer sleeps until that has run: its threads count with the tree's.
Threads ByTid(const TreeSample& sample) {
  Threads threads;
  for (const ProcessSample& process : sample.processes) {
    for (const ThreadSample& thread : process.threads) {
      threads.emplace(thread.tid, &thread);
    }
  }
  for (const ThreadSample& thread : sample.tracer) {
    threads.emplace(thread.tid, &thread);
  }
  return threads;
}

// How long a thread waited although it could have run. run_delay grows only when the wait is over,
// so that one which waits now shows nothing but that it did not run.
nanoseconds Lost(const ThreadSample& after, const ThreadSample* before, nanoseconds wall) {
  ThreadSample start;  // a new thread, or one with the number of an old one, began at nothing
  if (before != nullptr && before->cpu <= after.cpu && before->run_delay <= after.run_delay) {
    start = *before;
  }
  const nanoseconds ran = after.cpu - start.cpu;
  const nanoseconds delayed = after.run_delay - start.run_delay;
  switch (after.state) {
    case 'R':
      return std::clamp(std::max(delayed, wall - ran), nanoseconds(0), wall);
    case 'D':
    case 't':
      return wall;
    default:
      return std::min(delayed, wall);
  }
}

// CPU of the tree in the interval. A process that has ended takes its account with it, so the
// processes are compared one by one.
nanoseconds CpuUsed(const TreeSample& before, const TreeSample& after) {
  std::unordered_map<pid_t, nanoseconds> start;
  for (const ProcessSample& process : before.processes) {
    start.emplace(process.pid, process.cpu);
  }
  nanoseconds used{};
  for (const ProcessSample& process : after.processes) {
    const auto known = start.find(process.pid);
    const nanoseconds from =
        known != start.end() && known->second <= process.cpu ? known->second : nanoseconds(0);
    used += process.cpu - from;
  }
  return used;
}

}  // namespace

IntervalShare ShareOf(const TreeSample& before, const TreeSample& after,
                      const IntervalFacts& facts) {
  if (facts.wall <= nanoseconds(0)) {
    return {};
  }
  const Threads earlier = ByTid(before);
  nanoseconds lost{};
  for (const auto& [tid, thread] : ByTid(after)) {
    const auto known = earlier.find(tid);
    lost =
        std::max(lost, Lost(*thread, known == earlier.end() ? nullptr : known->second, facts.wall));
  }
  const nanoseconds used = CpuUsed(before, after);
  const nanoseconds all_to_itself = std::min(facts.wall, used / std::max(1U, facts.cpus));
  const nanoseconds served = std::max(facts.wall - lost, all_to_itself);
  // What either does while the other waits is kept by the kernel: it takes only that both had their
  // time.
  const nanoseconds harness = std::max(facts.wall - facts.harness_lost, nanoseconds(0));
  IntervalShare share;
  share.fair = std::min(served, harness);
  share.busy = std::min(share.fair, used);
  share.quiet = share.fair - share.busy;
  return share;
}

}  // namespace eagain::driver
