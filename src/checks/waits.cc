#include "eagain/checks/waits.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "eagain/driver/descriptors.h"

namespace eagain::checks {

using driver::ThreadCall;

namespace {

constexpr std::array<std::string_view, 5> kReceiving = {"recv", "recvmsg", "read", "readv",
                                                        "splice"};
constexpr std::array<std::string_view, 4> kSending = {"send", "sendmsg", "write", "writev"};

bool IsOneOf(std::span<const std::string_view> names, const ThreadCall& call) {
  return std::find(names.begin(), names.end(), call.name) != names.end();
}

bool PollsOne(const ThreadCall& call) { return call.name == "poll" && call.arguments[1] == 1; }

std::set<std::string> WaitsIn(const std::vector<ThreadCall>& calls) {
  std::set<std::string> waits;
  for (const ThreadCall& call : calls) {
    if (std::string wait = WaitIn(call); !wait.empty()) {
      waits.insert(std::move(wait));
    }
  }
  return waits;
}

}  // namespace

std::string WaitIn(const ThreadCall& call) {
  const bool of_descriptors = call.name == "epoll_wait" || call.name == "io_uring_enter" ||
                              (call.name == "poll" && call.arguments[1] > 1) ||
                              (call.name == "select" && call.arguments[0] > 0);
  return of_descriptors ? std::string(call.name) : "";
}

std::set<std::string> WaitsNow(Context& ctx) {
  return WaitsIn(driver::CallsOf(ctx.server().pid()));
}

awaitable<std::vector<ThreadCall>> CallsAtRest(Context& ctx) {
  std::vector<ThreadCall> calls;
  const auto none_runs = [&] {
    calls = driver::CallsOf(ctx.server().pid());
    return std::none_of(calls.begin(), calls.end(), [](const auto& call) { return call.running; });
  };
  const bool settled = co_await ctx.patience().settled();
  if (!none_runs() && settled) {
    static_cast<void>(co_await ctx.patience().until(none_runs));
  }
  co_return calls;
}

awaitable<std::set<std::string>> WaitsAtRest(Context& ctx) {
  const auto calls = co_await CallsAtRest(ctx);
  co_return WaitsIn(calls);
}

bool Sends(const ThreadCall& call) { return IsOneOf(kSending, call); }

std::vector<ThreadCall> ThreadsBlockedOn(Context& ctx, uint64_t socket_inode) {
  std::vector<ThreadCall> threads;
  for (const ThreadCall& call : driver::CallsOf(ctx.server().pid())) {
    if (PollsOne(call) ||
        (IsOneOf(kReceiving, call) &&
         driver::SocketInode(call.pid, static_cast<int>(call.arguments[0])) == socket_inode)) {
      threads.push_back(call);
    }
  }
  return threads;
}

void RequireCallsVisible(Context& ctx) {
  if (driver::CallsOf(ctx.server().pid()).empty()) {
    throw Skip(
        "what the server's threads call may not be looked at here (/proc/PID/syscall, which takes "
        "the right to trace it: see kernel.yama.ptrace_scope)");
  }
}

}  // namespace eagain::checks
