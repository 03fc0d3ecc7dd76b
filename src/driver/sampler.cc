#include "eagain/driver/sampler.h"

#include <sched.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "eagain/driver/proc_files.h"
#include "eagain/driver/server_process.h"

namespace eagain::driver {
namespace {

using std::chrono::nanoseconds;

unsigned Cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof(set), &set) != 0) {
    return 1;
  }
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

nanoseconds OwnCpu() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

}  // namespace

nanoseconds Sampler::harness_lost(Clock::time_point now) {
  nanoseconds delayed{};
  if (const auto sched = ReadSchedStat("/proc/thread-self")) {
    delayed = sched->run_delay - std::exchange(own_delay_, sched->run_delay);
  }
  const nanoseconds late = std::max<nanoseconds>(now - expected_, nanoseconds(0));
  return std::max(delayed, late);
}

IntervalShare Sampler::next(const ServerProcess* server, bool unseen) {
  const auto now = Clock::now();
  IntervalFacts facts;
  facts.harness_lost = harness_lost(now);
  facts.cpus = Cpus();
  facts.wall = last_ ? now - *last_ : nanoseconds(0);
  const auto last = std::exchange(last_, now);
  if (unseen || server == nullptr) {
    before_.reset();
    return last ? ShareOf({}, {}, facts) : IntervalShare{};
  }
  const nanoseconds cpu = OwnCpu();
  TreeSample after = SampleTree(server->pid(), Detail::kThreads);
  cost_ = (3 * cost_ + (OwnCpu() - cpu)) / 4;
  IntervalShare share;
  if (last && before_ && !server->frozen()) {
    share = ShareOf(*before_, after, facts);
  }
  if (server->frozen()) {
    before_.reset();
  } else {
    before_ = std::move(after);
  }
  return share;
}

void Sampler::forget() {
  last_.reset();
  before_.reset();
}

}  // namespace eagain::driver
