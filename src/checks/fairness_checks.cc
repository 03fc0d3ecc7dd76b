// Who is served, and when: nobody is so busy, so slow or so restless that others are forgotten.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "eagain/checks/check.h"
#include "eagain/checks/clients.h"
#include "eagain/checks/context.h"
#include "eagain/checks/flood.h"
#include "eagain/checks/flood_threads.h"
#include "eagain/checks/flood_verdict.h"
#include "eagain/checks/jain_index.h"
#include "eagain/checks/load.h"

namespace eagain::checks {
namespace {

namespace asio = boost::asio;

// Something small that is asked for while others flood the server.
struct SmallRequest {
  Peer* waiting;
  std::string bytes;  // sent, and expected back
};

enum class Answered {
  kDuringFlood,
  kAfterPause,  // the flood may have paused
  kNotYet,      // so much was echoed to the flood that the other's turn should have come
};

// Whether a thread of the server that echoes no flood is about to run, and has not been let: then it is
// the machine that keeps the answer back. Stopped again and again, on a busy machine such a thread may
// lose the race for a processor for long.
awaitable<bool> MachineIsLate(Context& ctx, Flood& flood, const driver::TreeSample& before) {
  constexpr uint64_t kToFallAsleep = 1 << 20;  // who was stopped is runnable for a moment
  flood.let_server_run();
  co_await flood.run(kToFallAsleep);
  co_return OthersWaitForCpu(before, ctx.sample(driver::Detail::kThreads));
}

// Slice by slice, until the answer is there. If it is not, the one who waits is let go on waiting.
awaitable<Answered> AnsweredDuringFlood(Context& ctx, Flood& flood, const SmallRequest& request) {
  constexpr uint64_t kMuch = 32 << 20;
  constexpr int kMostIdle = 10;
  const driver::TreeSample before = ctx.sample(driver::Detail::kThreads);
  uint64_t echoed = 0;
  bool paused = false;
  for (int idle = 0; idle < kMostIdle;) {
    const Flood::Slice slice = flood.slice(request.waiting, request.bytes.size());
    paused = paused || !slice.never_paused;
    if (slice.answered) {
      co_return paused ? Answered::kAfterPause : Answered::kDuringFlood;
    }
    idle = slice.echoed == 0 ? idle + 1 : 0;
    echoed += slice.echoed;
    if (echoed >= kMuch) {
      const bool late = co_await MachineIsLate(ctx, flood, before);
      co_return late ? Answered::kAfterPause : Answered::kNotYet;
    }
    co_await asio::post(ctx.io(), asio::use_awaitable);
  }
  // Nobody is served, or the machine is too busy.
  flood.let_server_run();
  co_return Answered::kAfterPause;
}

// The answer, now that the flood pauses.
awaitable<void> ExpectAtLast(const SmallRequest& request, Answered answered,
                             const std::string& expected) {
  try {
    co_await request.waiting->expect(request.bytes);
  } catch (const Failure& failure) {
    if (answered != Answered::kNotYet) {
      throw;
    }
    throw Failure(expected,
                  fmt::format("it waits in vain: meanwhile more than 32 MiB were echoed to "
                              "those that send as fast as they can; once they paused, {}",
                              failure.actual()));
  }
}

// Asks again and again: `ask` sends a small request, while the server is stopped in the middle of
// its work for the flood, and `done` is called when it was answered.
awaitable<void> IsServedDuringFlood(Context& ctx, Flood& flood,
                                    const std::function<awaitable<SmallRequest>(int)>& ask,
                                    const std::function<void()>& done, std::string expected) {
  // Whether an answer came while the flood went on is not always certain, so one that did not shows
  // nothing. Among so many some did, unless the server waits for the flood to pause.
  constexpr int kEnough = 5;
  constexpr int kTries = 150;
  // A slice ends with the flood's first bytes. On a busy machine a thread of its own that serves the
  // newcomer may lose that race again and again; but not every time.
  constexpr int kAllowed = 20;
  int during = 0;
  int starved = 0;
  for (int attempt = 1; during < kEnough; ++attempt) {
    if (attempt > kTries) {
      co_return JudgeFlood(during, starved, kTries, expected);
    }
    flood.stop_server();
    flood.slice();  // it is in the middle of its work for the flood
    const SmallRequest request = co_await ask(attempt);
    const Answered answered = co_await AnsweredDuringFlood(ctx, flood, request);
    during += answered == Answered::kDuringFlood ? 1 : 0;
    starved += answered == Answered::kNotYet ? 1 : 0;
    if (starved > kAllowed * (1 + during)) {
      throw Failure(expected, fmt::format("it waits in vain: {} times of {} more than 32 MiB were "
                                          "echoed meanwhile to those that send as fast as they can",
                                          starved, attempt));
    }
    co_await ExpectAtLast(request, answered, expected);
    done();
  }
}

constexpr uint64_t kUnderWay = 4 << 20;

// One quiet client came before the one that floods and one after: a server that always begins with
// the first in its table forgets only those behind.
awaitable<void> FloodAndQuiet(Context& ctx) {
  Peer before = co_await ctx.connect();
  co_await before.round_trip("before the flood");
  const std::vector<Peer> flooding = co_await ConnectServed(ctx, 1);
  Peer after = co_await ctx.connect();
  co_await after.round_trip("before the flood, too");
  Flood flood(ctx, flooding);
  co_await flood.run(kUnderWay);
  ctx.transcript().note("client 2 floods the server");
  for (Peer* quiet : {&before, &after}) {
    const auto ask = [quiet](int number) -> awaitable<SmallRequest> {
      SmallRequest request = {quiet, fmt::format("quiet request {}\n", number)};
      co_await quiet->send(request.bytes);
      co_return request;
    };
    co_await IsServedDuringFlood(
        ctx, flood, ask, [] {}, "a quiet client gets its echo while another floods the server");
  }
}

awaitable<void> SlowReader(Context& ctx) {
  // More than the sockets of both sides hold for a client that reads nothing.
  constexpr uint64_t kMost = 4 << 20;
  Peer other = co_await ctx.connect();
  co_await other.round_trip("before");
  Peer lazy = co_await ctx.connect(PeerOptions::tiny());
  co_await lazy.fill(kMost);
  for (int i = 1; i <= 10; ++i) {
    co_await other.round_trip(fmt::format("request {} beside a client that never reads\n", i));
  }
  Peer newcomer = co_await ctx.connect();
  co_await newcomer.round_trip("a newcomer beside a client that never reads");
}

awaitable<void> AcceptUnderLoad(Context& ctx) {
  const std::vector<Peer> flooding = co_await ConnectServed(ctx, 2);
  Flood flood(ctx, flooding);
  co_await flood.run(kUnderWay);
  ctx.transcript().note("clients 1 and 2 flood the server");
  std::optional<Peer> newcomer;
  const auto ask = [&](int number) -> awaitable<SmallRequest> {
    newcomer = co_await ctx.connect();
    SmallRequest request = {&*newcomer, fmt::format("newcomer {}\n", number)};
    co_await newcomer->send(request.bytes);
    co_return request;
  };
  co_await IsServedDuringFlood(
      ctx, flood, ask, [&] { newcomer->close(); },
      "a newcomer is accepted and served while others flood the server");
}

// Clients that come and go without pause: one that leaves unserved, then one that is served. Since
// the second waits for its echo, never more than two of one storm wait to be accepted, and a server
// that accepts until there are none comes to an end with it.
class ConnectStorm {
 public:
  explicit ConnectStorm(Context& ctx) : ctx_(ctx) {}

  // Blows until stop() and for `least` clients at least.
  awaitable<void> blow(uint64_t least) {
    while (!stop_ || gone_ < least) {
      Peer passer_by = co_await ctx_.connect();
      passer_by.close();
      Peer served = co_await ctx_.connect();
      co_await served.round_trip("hi");
      served.close();
      gone_ += 2;
    }
  }
  void stop() { stop_ = true; }

  Load load() const {
    return {.done = [this] { return gone_; },
            .much = 1000,
            .in_words = [](uint64_t gone) { return fmt::format("{} others came and went", gone); },
            .broken = [] { return std::nullopt; }};
  }

 private:
  Context& ctx_;
  bool stop_ = false;
  uint64_t gone_ = 0;
};

awaitable<void> KeepTalking(Context& ctx, std::vector<Peer>& regulars, ConnectStorm& storm) {
  const Load load = storm.load();
  for (int turn = 1; turn <= 20; ++turn) {
    for (Peer& regular : regulars) {
      co_await NotStarvedBy(ctx, load, "connected clients get their echo while others come and go",
                            regular.round_trip(fmt::format("turn {}\n", turn)));
    }
  }
  storm.stop();
}

awaitable<void> DataUnderConnectStorm(Context& ctx) {
  std::vector<Peer> regulars = co_await ConnectServed(ctx, 3);
  ConnectStorm storm(ctx);
  std::vector<awaitable<void>> tasks;
  for (int i = 0; i < 4; ++i) {
    tasks.push_back(storm.blow(200));
  }
  tasks.push_back(KeepTalking(ctx, regulars, storm));
  co_await ctx.all(std::move(tasks));
  co_await RoundTripOfAll(regulars, 100);
}

// What each client was given while `bytes` were echoed in all.
awaitable<std::vector<uint64_t>> SharesOfWindow(Flood& flood, uint64_t bytes) {
  const std::vector<uint64_t> before = flood.echoed_each();
  co_await flood.run(bytes);
  std::vector<uint64_t> shares = flood.echoed_each();
  std::transform(shares.begin(), shares.end(), before.begin(), shares.begin(), std::minus<>());
  co_return shares;
}

std::vector<uint64_t> InKib(std::vector<uint64_t> bytes) {
  std::transform(bytes.begin(), bytes.end(), bytes.begin(),
                 [](uint64_t each) { return each >> 10; });
  return bytes;
}

awaitable<void> EqualShare(Context& ctx) {
  constexpr double kFair = 0.8;
  constexpr int kWindows = 3;
  // The first windows are short, for those that are fair from turn to turn. Where the scheduler
  // shares the time out, among threads or processes, it takes longer until all had their turns; and on a
  // busy machine it may be partial for so long that no window shows what the server would do.
  constexpr uint64_t kFirstWindow = 32 << 20;
  constexpr int kMorePartialWindows = 2;
  const std::vector<Peer> flooding = co_await ConnectServed(ctx, 8);
  Flood flood(ctx, flooding);
  co_await flood.run(kUnderWay);
  ctx.transcript().note("all 8 flood the server");
  double best = 0;
  std::vector<uint64_t> best_shares;
  bool partial = false;
  int windows = 0;
  while (best < kFair &&
         (windows < kWindows || (partial && windows < kWindows + kMorePartialWindows))) {
    const driver::TreeSample before = ctx.sample(driver::Detail::kThreads);
    const uint64_t window = kFirstWindow << (2 * std::min(windows, kWindows - 1));
    std::vector<uint64_t> shares = co_await SharesOfWindow(flood, window);
    partial = CpuIsSharedUnequally(before, ctx.sample(driver::Detail::kThreads));
    ++windows;
    if (JainIndex(shares) > best) {
      best = JainIndex(shares);
      best_shares = std::move(shares);
    }
  }
  ctx.transcript().note(fmt::format("Jain's index of the 8 shares is {:.2f}", best));
  if (best < kFair && partial) {
    ctx.transcript().note("the machine let some of the server's threads run far more than others");
  } else if (best < kFair) {
    throw Failure(
        fmt::format("8 equally busy clients get about equal shares: Jain's index at least {}",
                    kFair),
        fmt::format("in the best of {} windows the index is {:.2f}; KiB echoed to each client: {}",
                    windows, best, fmt::join(InKib(best_shares), ", ")));
  }
}

constexpr Check kFairnessChecks[] = {
    {.id = "fairness/flood",
     .level = Level::kMust,
     .requirement = "while a client floods the server as fast as it can, a quiet client's round "
                    "trips go on",
     .why = "A loop that reads one client until it is empty never ends when that client is fast.",
     .source = "epoll(7), \"Starvation\"",
     .run = FloodAndQuiet},
    {.id = "fairness/slow-reader",
     .level = Level::kMust,
     .requirement = "a client that never reads stalls nobody",
     .why = "A send that waits for one client to read makes all others wait with it.",
     .source = "send(2), O_NONBLOCK and EAGAIN; poll(2), POLLOUT",
     .run = SlowReader},
    {.id = "fairness/accept-under-load",
     .level = Level::kMust,
     .requirement = "newcomers are accepted while others flood the server",
     .why = "Those who are in must not shut the door behind them.",
     .source = "accept(2); epoll(7), \"Starvation\"",
     .run = AcceptUnderLoad},
    {.id = "fairness/data-under-connect-storm",
     .level = Level::kMust,
     .requirement = "clients are served while others connect and leave without pause",
     .why = "A table from which clients are removed while it is walked forgets the next in line.",
     .source = "accept(2), poll(2)",
     .run = DataUnderConnectStorm},
    {.id = "fairness/equal-share",
     .level = Level::kShould,
     .requirement = "8 equally busy clients get about equal shares: Jain's index of the bytes "
                    "echoed is at least 0.8",
     .why = "Serving the first in the table first, every time, leaves crumbs for the last.",
     .source = "Jain, Chiu, Hawe: A Quantitative Measure of Fairness (1984); epoll(7)",
     .run = EqualShare},
};

}  // namespace

std::span<const Check> FairnessChecks() { return kFairnessChecks; }

}  // namespace eagain::checks
