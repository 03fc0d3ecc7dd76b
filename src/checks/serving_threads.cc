#include "eagain/checks/serving_threads.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "eagain/driver/wording.h"

namespace eagain::checks {
namespace {

constexpr int kRoundTrips = 30;
constexpr const char* kExpected = "one thread of one process serves every client";

struct Thread {
  pid_t pid = 0;
  pid_t tid = 0;
  bool operator<(const Thread& other) const { return tid < other.tid; }
  bool operator==(const Thread&) const = default;
  std::string name() const { return fmt::format("thread {} of process {}", tid, pid); }
};

std::map<Thread, uint64_t> RunsOf(const driver::TreeSample& sample) {
  std::map<Thread, uint64_t> runs;
  for (const auto& process : sample.processes) {
    for (const auto& thread : process.threads) {
      runs[{process.pid, thread.tid}] = thread.timeslices;
    }
  }
  return runs;
}

// While one client was served: who ran most, and how often all the others ran together.
struct Window {
  Thread most;
  uint64_t runs = 0;
  uint64_t others = 0;
};

awaitable<Window> Watch(Context& ctx, Peer& peer) {
  const auto before = RunsOf(ctx.sample(driver::Detail::kThreads));
  for (int i = 0; i < kRoundTrips; ++i) {
    co_await peer.round_trip("who serves me?\n");
  }
  Window window;
  uint64_t all = 0;
  for (const auto& [thread, count] : RunsOf(ctx.sample(driver::Detail::kThreads))) {
    const auto earlier = before.find(thread);
    const uint64_t runs = count - (earlier == before.end() ? 0 : std::min(count, earlier->second));
    all += runs;
    if (runs > window.runs) {
      window.most = thread;
      window.runs = runs;
    }
  }
  window.others = all - window.runs;
  co_return window;
}

}  // namespace

awaitable<void> ExpectOneServingThread(Context& ctx, std::span<Peer> peers) {
  std::map<Thread, int> first_client;  // of those that certainly served one
  uint64_t least_others = kRoundTrips;
  bool counted = false;
  for (Peer& peer : peers) {
    const Window window = co_await Watch(ctx, peer);
    counted = counted || window.runs > 0;
    // One that never sleeps is not woken up for each message: then nothing can be told from this.
    if (window.runs >= kRoundTrips * 4 / 5) {
      first_client.emplace(window.most, peer.number());
    }
    least_others = std::min(least_others, window.others);
  }
  if (!counted) {
    throw Skip("this kernel does not count how often a thread runs (schedstat)");
  }
  if (first_client.size() > 1) {
    const auto& [one, its] = *first_client.begin();
    const auto& [other, others] = *first_client.rbegin();
    throw Failure(kExpected, fmt::format("client {} is served by {}, client {} by {}", its,
                                         one.name(), others, other.name()));
  }
  // Of a pool, whoever is free takes the next message.
  if (least_others >= kRoundTrips / 2) {
    throw Failure(kExpected,
                  fmt::format("in {} of one client, other threads than the busiest came to run {} "
                              "or more, whichever the client",
                              driver::Counted(kRoundTrips, "round trip"),
                              driver::Counted(least_others, "time")));
  }
}

}  // namespace eagain::checks
