#include "eagain/checks/idle.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "eagain/driver/proc_stats.h"

namespace eagain::checks {
namespace {

using driver::ThreadSample;
using driver::TreeSample;
using std::chrono::duration;
using std::chrono::milliseconds;

constexpr milliseconds kWindow{300};
constexpr int kMostWindows = 6;
constexpr double kMostCpu = 0.01;
constexpr double kMostWakeups = 50;
constexpr double kTicking = 200;
constexpr double kSpinning = 0.3;

struct Activity {
  double cpu = 0;      // of one CPU, of the whole tree
  double wakeups = 0;  // a second, of the thread that wakes up most often
  double ticks = 0;    // the same, a second in which the server could run
  double busy = 0;     // of the thread that sleeps least: work, as a share of work and sleep
};

Activity Between(const TreeSample& before, const TreeSample& after, duration<double> time,
                 duration<double> fair) {
  std::map<pid_t, ThreadSample> known;
  for (const auto& process : before.processes) {
    for (const auto& thread : process.threads) {
      known[thread.tid] = thread;
    }
  }
  Activity activity;
  activity.cpu = duration<double>(after.cpu() - before.cpu()) / time;
  for (const auto& process : after.processes) {
    for (const auto& thread : process.threads) {
      const auto earlier = known.find(thread.tid);
      if (earlier == known.end()) {
        continue;
      }
      const ThreadSample& then = earlier->second;
      const double wakeups = static_cast<double>(thread.wakeups - then.wakeups);
      const duration<double> worked = thread.cpu - then.cpu;
      // What it had to wait for a CPU, it neither worked nor slept.
      const duration<double> waited = thread.run_delay - then.run_delay;
      const double had = std::max((time - waited).count(), worked.count());
      activity.wakeups = std::max(activity.wakeups, wakeups / time.count());
      activity.ticks = std::max(activity.ticks, wakeups / fair.count());
      activity.busy = std::max(activity.busy, had > 0 ? worked.count() / had : 0);
    }
  }
  return activity;
}

// What the threads do, looked at again and again, so that a short wait is seen too.
std::string SeenDoing(const std::set<std::string>& calls) {
  std::string all;
  for (const std::string& call : calls) {
    all += (all.empty() ? "" : ", ") + call;
  }
  return all.empty() ? "what it calls cannot be seen from here" : "seen in: " + all;
}

std::string Diagnosis(const Activity& activity) {
  if (activity.busy > kSpinning) {
    return "it spins: either it does not wait at all, or its wait returns at once, every time, for "
           "something that it does not deal with";
  }
  if (activity.wakeups >= kMostWakeups) {
    return "it wakes up again and again without a cause: a wait with a short timeout, or a sleep "
           "in a loop";
  }
  return "something runs although nothing happens";
}

struct Quiet {
  std::string means;  // what is expected, after "the server "
  std::function<bool(const Activity&)> holds;
};

awaitable<void> ExpectQuiet(Context& ctx, std::string_view situation, Quiet quiet) {
  constexpr int kLooks = 6;
  Activity least{.cpu = 1e9};
  std::set<std::string> calls;
  for (int i = 0; i < kMostWindows; ++i) {
    const TreeSample before = ctx.sample();
    const auto start = std::chrono::steady_clock::now();
    const auto fair_start = ctx.patience().fair_time();
    // The first window is left alone: most servers need no second.
    for (int look = 0; look < kLooks; ++look) {
      co_await ctx.patience().pass(kWindow / kLooks);
      if (i > 0) {
        const auto now = driver::BlockedIn(ctx.server().pid());
        calls.insert(now.begin(), now.end());
      }
    }
    const Activity activity =
        Between(before, ctx.sample(), std::chrono::steady_clock::now() - start,
                ctx.patience().fair_time() - fair_start);
    if (const auto end = ctx.server_end()) {
      throw Failure(fmt::format("{}, the server waits", situation),
                    "it has ended: " + end->describe());
    }
    if (quiet.holds(activity)) {
      co_return;
    }
    if (activity.cpu < least.cpu) {
      least = activity;
    }
  }
  throw Failure(fmt::format("{}, the server {}", situation, quiet.means),
                fmt::format("it used {:.1f} % of a CPU and woke up {:.0f} times a second: {}; {}",
                            least.cpu * 100, least.wakeups, Diagnosis(least), SeenDoing(calls)));
}

}  // namespace

awaitable<void> ExpectIdle(Context& ctx, std::string_view situation) {
  Quiet quiet{"uses next to no CPU: less than 1 % of one, and no thread wakes up 50 times a second",
              [](const Activity& activity) {
                return activity.cpu < kMostCpu && activity.wakeups < kMostWakeups;
              }};
  co_await ExpectQuiet(ctx, situation, std::move(quiet));
}

awaitable<void> ExpectNoSpin(Context& ctx, std::string_view situation) {
  Quiet quiet{"sleeps most of the time",
              [](const Activity& activity) { return activity.busy < kSpinning; }};
  co_await ExpectQuiet(ctx, situation, std::move(quiet));
}

awaitable<void> ExpectNoTicking(Context& ctx, std::string_view situation) {
  Quiet quiet{"blocks: no thread spins, and none wakes up 200 times a second",
              [](const Activity& activity) {
                return activity.busy < kSpinning && activity.ticks < kTicking;
              }};
  co_await ExpectQuiet(ctx, situation, std::move(quiet));
}

}  // namespace eagain::checks
