#include "eagain/checks/full_house.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "eagain/checks/churn.h"

namespace eagain::checks {
namespace {

// Enough for several clients, with two descriptors each if need be.
constexpr int kSpare = 12;

std::vector<int> OpenDescriptors(pid_t pid) {
  std::vector<int> numbers;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(fmt::format("/proc/{}/fd", pid), error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    int number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    numbers.push_back(number);
  }
  return numbers;
}

struct Limited {
  pid_t pid;
  int limit;

  // No number below the limit is free: the next accept fails with EMFILE.
  bool is_full() const {
    const std::vector<int> open = OpenDescriptors(pid);
    return std::count_if(open.begin(), open.end(), [this](int fd) { return fd < limit; }) >= limit;
  }
};

std::vector<Limited> LowerLimits(Context& ctx) {
  std::vector<Limited> all;
  for (const pid_t pid : driver::ProcessTree(ctx.server().pid())) {
    const std::vector<int> open = OpenDescriptors(pid);
    if (open.empty()) {
      continue;
    }
    const int limit = *std::max_element(open.begin(), open.end()) + 1 + kSpare;
    rlimit now{};
    if (::prlimit(pid, RLIMIT_NOFILE, nullptr, &now) != 0) {
      throw Skip(fmt::format("the server's limit of open descriptors cannot be read: {}",
                             std::strerror(errno)));
    }
    const rlimit lowered{static_cast<rlim_t>(limit), now.rlim_max};
    if (::prlimit(pid, RLIMIT_NOFILE, &lowered, nullptr) != 0) {
      throw Skip(fmt::format("the server's limit of open descriptors cannot be set: {}",
                             std::strerror(errno)));
    }
    all.push_back({pid, limit});
  }
  return all;
}

bool IsFull(const std::vector<Limited>& processes) {
  return std::any_of(processes.begin(), processes.end(),
                     [](const Limited& process) { return process.is_full(); });
}

// A server that needs several descriptors for a client may be out of them with one left: then it
// may turn this client away, unless it `must` be served.
awaitable<bool> IsServed(Peer& peer, bool must) {
  try {
    co_await peer.round_trip("hello");
  } catch (const Failure&) {
    if (must) {
      throw;
    }
    co_return false;
  }
  co_return true;
}

}  // namespace

awaitable<FullHouse> FillToDescriptorLimit(Context& ctx) {
  // What a run-time opens with the first client it has opened before the limit is set.
  co_await ComeAndGo(ctx, Leaving::kClose);
  co_await ctx.handled();
  const std::vector<Limited> processes = LowerLimits(ctx);
  ctx.transcript().note(
      fmt::format("the server may open {} more descriptors and no more (prlimit)", kSpare));
  FullHouse house;
  const size_t most = (processes.size() + 4) * kSpare;
  while (house.served.size() < most && !IsFull(processes)) {
    Peer peer = co_await ctx.connect();
    if (!co_await IsServed(peer, house.served.size() < 2)) {
      house.late.push_back(std::move(peer));
      co_return house;
    }
    house.served.push_back(std::move(peer));
  }
  if (IsFull(processes)) {
    ctx.transcript().note("no descriptor is left; one more client comes");
    house.late.push_back(co_await ctx.connect());
    co_await house.late.back().send("hello");
  }
  co_return house;
}

Answer AnswerTo(const Peer& peer) {
  char byte = 0;
  const ssize_t count = ::recv(peer.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count > 0) {
    return Answer::kBytes;
  }
  return count < 0 && errno == EAGAIN ? Answer::kNone : Answer::kEnd;
}

awaitable<Answer> WaitForAnswer(Context& ctx, const Peer& peer) {
  constexpr int kTimes = 3;
  const auto answered = [&] { return AnswerTo(peer) != Answer::kNone; };
  for (int i = 0; i < kTimes && !answered() && !ctx.server_end(); ++i) {
    static_cast<void>(co_await ctx.patience().until(answered));
  }
  co_return AnswerTo(peer);
}

}  // namespace eagain::checks
