#include "eagain/driver/settling.h"

#include <algorithm>
#include <utility>

namespace eagain::driver {
namespace {

using std::chrono::nanoseconds;

std::map<pid_t, uint64_t> TimeslicesOf(const TreeSample& sample) {
  std::map<pid_t, uint64_t> all;
  for (const ProcessSample& process : sample.processes) {
    for (const ThreadSample& thread : process.threads) {
      all[thread.tid] = thread.timeslices;
    }
  }
  return all;
}

constexpr int kStillSamples = 2;
constexpr uint64_t kTurns = 3;
// What passed between two samples counts as watched up to this: whatever kept this harness from
// looking may have kept the server from its turns.
constexpr std::chrono::milliseconds kLongestLook{20};
// The queues are looked at when it did not settle at once.
constexpr int kSamplesBeforeQueues = 3;

}  // namespace

bool Settling::look(TreeSample sample, uint64_t moves, Clock::time_point now) {
  const bool asleep = sample.asleep();
  const nanoseconds cpu = sample.cpu();
  Timeslices timeslices = TimeslicesOf(sample);
  // Without schedstat the timeslices are all 0, and the CPU alone tells.
  const bool nobody_ran = !first_ && cpu == cpu_ && timeslices == timeslices_;
  cpu_ = cpu;
  timeslices_ = std::move(timeslices);
  if (!first_) {
    watched_ += std::min<nanoseconds>(now - looked_, kLongestLook);
  }
  looked_ = now;
  if (first_ || moves != moves_) {
    start_window(now);
    still_ = 0;
  } else {
    still_ = asleep && nobody_ran ? still_ + 1 : 0;
  }
  first_ = false;
  moves_ = moves;
  if (still_ >= kStillSamples && waits_for_events()) {
    return true;
  }
  return only_ticks(asleep, now);
}

void Settling::start_window(Clock::time_point now, int samples) {
  window_from_ = now;
  window_cpu_ = cpu_;
  window_timeslices_ = timeslices_;
  window_watched_ = watched_;
  window_samples_ = samples;
}

bool Settling::only_ticks(bool asleep, Clock::time_point now) {
  const nanoseconds window = now - window_from_;
  if (cpu_ < window_cpu_ || cpu_ - window_cpu_ > window / 4) {
    start_window(now);  // it works: judge from here on
    return false;
  }
  if (!asleep) {
    return false;
  }
  ++window_samples_;
  if (window_samples_ < kSamplesBeforeQueues) {
    return false;
  }
  if (window_samples_ == kSamplesBeforeQueues) {
    queues_ = probes_.queues();
    return false;
  }
  if (window_samples_ == kSamplesBeforeQueues + 1) {
    // Only now: to look at the queues may have taken as long as the window itself.
    start_window(now, window_samples_);
    return false;
  }
  if (watched_ - window_watched_ < kTickingWindow || !sleepers_looked()) {
    return false;
  }
  if (probes_.queues() == queues_) {
    return true;
  }
  start_window(now);
  return false;
}

// A thread that runs again since the sample may be one that sleeps for a time.
bool Settling::waits_for_events() {
  const ThreadWaits waits = probes_.waits();
  return !waits.running && waits.sleepers.empty();
}

bool Settling::sleepers_looked() {
  if (watched_ - window_watched_ >= kLongestTick) {
    return true;
  }
  const ThreadWaits waits = probes_.waits();
  return !waits.running &&
         std::all_of(waits.sleepers.begin(), waits.sleepers.end(), [&](pid_t tid) {
           const auto then = window_timeslices_.find(tid);
           const auto since = timeslices_.find(tid);
           return since != timeslices_.end() &&
                  since->second >= (then == window_timeslices_.end() ? 0 : then->second) + kTurns;
         });
}

}  // namespace eagain::driver
