// Faults of accept.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "eagain/checks/clients.h"
#include "eagain/checks/fault_checks.h"
#include "eagain/checks/fault_trial.h"
#include "eagain/checks/full_house.h"
#include "eagain/checks/waits.h"
#include "eagain/driver/proc_files.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {
namespace {

// Time for the server to call accept. Not handled(): one that tries again and again is another check's
// affair.
awaitable<void> AcceptCalled(Context& ctx) {
  co_await ctx.patience().pass(std::chrono::milliseconds(60));
}

}  // namespace

awaitable<void> AcceptEagain(Context& ctx) {
  const auto round = [](Context& with) { return ServeOne(with, 100); };
  Trial trial{.plan = "accept EAGAIN on non-blocking listener every 3 at most 100 times",
              .round = round,
              .rounds = 9,
              .enough = 2,
              .calls = "accept on a non-blocking listener with a client waiting"};
  co_await Try(ctx, std::move(trial));
}

awaitable<void> AcceptEconnaborted(Context& ctx) {
  // Several at a time, since who waits in accept already takes the first. The clients whose connection is
  // taken away see a reset.
  const auto round = [](Context& with) -> awaitable<void> {
    size_t aborted = Fired(with);
    std::vector<Peer> peers = co_await with.connect_many(4);
    for (Peer& peer : peers) {
      const auto talk = [&peer]() -> awaitable<void> {
        co_await peer.round_trip("hello");
        peer.half_close();
        co_await peer.expect_eof();
      };
      co_await Survives(with, talk, aborted);
    }
  };
  Trial trial{.plan = "accept ECONNABORTED on listener every 2",
              .round = round,
              .enough = 2,
              .calls = "accept with a client waiting"};
  co_await Try(ctx, std::move(trial));
}

namespace {

struct Limited {
  pid_t pid;
  rlimit before;
};

bool IsFree(const std::vector<int>& open, int fd) {
  return !std::binary_search(open.begin(), open.end(), fd);
}

// poll(2) refuses more pollfds than the limit of descriptors (EINVAL), and some servers hand it a whole
// table.
bool PollsMoreThan(uint64_t limit, const std::vector<driver::ThreadCall>& calls) {
  return std::any_of(calls.begin(), calls.end(), [limit](const driver::ThreadCall& call) {
    return call.name == "poll" && call.arguments[1] > limit;
  });
}

// Sets the limit of each process to the lowest number that is free in it: what it opens next is refused.
// `calls` are what its threads are blocked in.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors(Context& ctx, const std::vector<driver::ThreadCall>& calls) {
    for (const pid_t pid : driver::ProcessTree(ctx.server().pid())) {
      const std::vector<int> open = driver::NumbersIn(fmt::format("/proc/{}/fd", pid));
      int lowest = 0;
      while (!open.empty() && !IsFree(open, lowest)) {
        ++lowest;
      }
      rlimit now{};
      if (open.empty() || ::prlimit(pid, RLIMIT_NOFILE, nullptr, &now) != 0) {
        continue;
      }
      if (PollsMoreThan(static_cast<uint64_t>(lowest), calls)) {
        throw Skip("with a lower limit of descriptors poll(2) would refuse this server's table");
      }
      processes_.push_back({pid, now});
      lowest_.push_back(lowest);
    }
  }

  // The descriptors that were opened since are above the limit, and stay open.
  void begin() {
    for (size_t i = 0; i < processes_.size(); ++i) {
      const rlimit lowered{static_cast<rlim_t>(lowest_[i]), processes_[i].before.rlim_max};
      if (::prlimit(processes_[i].pid, RLIMIT_NOFILE, &lowered, nullptr) != 0 && errno != ESRCH) {
        throw Skip(fmt::format("the server's limit of open descriptors cannot be set: {}",
                               std::strerror(errno)));
      }
    }
  }
  // Children that were made meanwhile have inherited the low one; they serve one client, and end.
  void end() {
    for (const Limited& process : processes_) {
      ::prlimit(process.pid, RLIMIT_NOFILE, &process.before, nullptr);
    }
  }

 private:
  std::vector<Limited> processes_;
  std::vector<int> lowest_;
};

// A server may close the connection for which it found no descriptor, or let it wait; then it has to
// accept it in the end.
awaitable<bool> ExpectAnswer(Context& ctx, Peer& peer, std::string_view expected) {
  const Answer answer = co_await WaitForAnswer(ctx, peer);
  if (answer == Answer::kEnd && !ctx.server_end()) {
    co_return false;
  }
  try {
    co_await peer.expect("hello");
  } catch (const Failure& failure) {
    throw Failure(std::string(expected), failure.actual());
  }
  co_return true;
}

awaitable<Peer> Ask(Context& ctx) {
  Peer peer = co_await ctx.connect();
  co_await peer.send("hello");
  co_return std::move(peer);
}

constexpr std::string_view kServedAtLast =
    "once accept works again, whoever waited meanwhile is served";

// EMFILE, really. Two clients are there before: whatever a server takes for the sign to accept again, the
// time or a client that leaves, comes.
awaitable<void> DescriptorsRunOut(Context& ctx) {
  { const std::vector<Peer> warm_up = co_await ConnectServed(ctx, 1); }
  const auto calls = co_await CallsAtRest(ctx);
  NoMoreDescriptors limit(ctx, calls);
  Peer first = co_await ctx.connect();
  co_await first.round_trip("hello");
  Peer second = co_await Ask(ctx);
  co_await AcceptCalled(ctx);
  limit.begin();
  // Told before anybody meets it: a server that ends of it may be gone when the next client comes.
  ctx.fault_happened(
      "no descriptor is left to the server (prlimit): an accept with none in reserve says EMFILE");
  std::vector<Peer> late;
  constexpr size_t kMost = 3;
  // Who waits in accept holds a descriptor for the next client already.
  do {
    late.push_back(co_await Ask(ctx));
    co_await AcceptCalled(ctx);
  } while (late.size() < kMost && AnswerTo(late.back()) == Answer::kBytes);
  first.close();
  co_await AcceptCalled(ctx);
  limit.end();
  ctx.transcript().note("the server may open descriptors again");
  second.close();
  for (Peer& peer : late) {
    co_await ExpectAnswer(ctx, peer, kServedAtLast);
    peer.close();
  }
  Peer newcomer = co_await Ask(ctx);
  const bool served = co_await ExpectAnswer(ctx, newcomer, kServedAtLast);
  newcomer.close();
  if (!served) {
    co_await ctx.expect_alive("descriptors had run out and came back");
  }
}

// One client is there, another comes; then the first leaves, and the other has to be served if it was not
// before.
awaitable<void> ComeWhileOneIsThere(Context& ctx) {
  Peer anchor = co_await Ask(ctx);
  const bool there = co_await ExpectAnswer(ctx, anchor, kServedAtLast);
  Peer newcomer = co_await Ask(ctx);
  co_await AcceptCalled(ctx);
  if (there) {
    anchor.close();
  }
  co_await ExpectAnswer(ctx, newcomer, kServedAtLast);
  newcomer.close();
}

}  // namespace

awaitable<void> AcceptEmfile(Context& ctx) {
  co_await DescriptorsRunOut(ctx);
  Trial trial{.plan = "accept ENFILE at 2; accept ENOBUFS at 5; accept ENOMEM at 8",
              .round = ComeWhileOneIsThere,
              .rounds = 10,
              .enough = 1,
              .calls = "second accept"};
  co_await TryToo(ctx, std::move(trial));
}

}  // namespace eagain::checks
