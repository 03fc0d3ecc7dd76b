// Each fault at each call of a short scenario: how many calls a round of it takes is counted first, by
// looking on. Then a fault comes every n+1 calls, where a round takes n: in the first round at none, in the
// second at the first call, in the third at the second, and so on, until it has been at each.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "eagain/checks/fault_checks.h"
#include "eagain/checks/fault_trial.h"

namespace eagain::checks {
namespace {

struct Swept {
  std::string_view calls;  // the family
  std::string_view rule;   // all but how often
  bool ends_connections;   // its client sees the connection end
};

constexpr std::array kSwept = {
    Swept{"recv", "recv short 1 on client", false},
    Swept{"recv", "recv EAGAIN on non-blocking client", false},
    Swept{"recv", "recv ECONNRESET on client", true},
    Swept{"send", "send short 1 on non-blocking client", false},
    Swept{"send", "send EAGAIN on non-blocking client", false},
    Swept{"send", "send EPIPE on client", true},
    Swept{"accept", "accept EAGAIN on non-blocking listener", false},
    Swept{"accept", "accept ECONNABORTED on listener", true},
    Swept{"wait", "wait EINTR", false},
    Swept{"wait", "wait only 1", false},
};

// One client after the other, so that it is a scenario for every server.
awaitable<void> Talk(Context& ctx) {
  Peer first = co_await ctx.connect();
  co_await first.round_trip("hello");
  co_await first.send_pattern(300);
  co_await first.expect_pattern(300);
  first.half_close();
  co_await first.expect_eof();
  first.close();
  Peer second = co_await ctx.connect();
  co_await second.round_trip("hello again");
  second.reset();
}

bool IsOf(std::string_view family, std::string_view call) {
  constexpr std::string_view kRecv[] = {"read", "readv", "recv", "recvfrom", "recvmsg"};
  constexpr std::string_view kSend[] = {"write", "writev", "send", "sendto", "sendmsg"};
  const auto among = [&](auto& calls) {
    return std::find(std::begin(calls), std::end(calls), call) != std::end(calls);
  };
  return family == "recv"     ? among(kRecv)
         : family == "send"   ? among(kSend)
         : family == "accept" ? call.starts_with("accept")
                              : call.find("poll") != std::string_view::npos ||
                                    call.find("select") != std::string_view::npos;
}

size_t CallsSoFar(Context& ctx, std::string_view family) {
  const fault::InjectionLog* log = ctx.injection();
  if (log == nullptr) {
    return 0;
  }
  return static_cast<size_t>(std::count_if(
      log->records().begin(), log->records().end(), [&](const fault::InjectionRecord& record) {
        const bool of_client =
            family != "recv" && family != "send" ? true : record.role == "client";
        return record.kind == fault::InjectionRecord::Kind::kCall && of_client &&
               IsOf(family, record.call);
      }));
}

constexpr std::array<std::string_view, 4> kFamilies = {"recv", "send", "accept", "wait"};

// The calls of each family in the second round: the first may hold what is done once.
awaitable<std::map<std::string_view, size_t>> CallsOfARound(Context& ctx) {
  co_await ctx.start_server_observed("recv short 1; send short 1; accept EMFILE; wait only 1");
  co_await Talk(ctx);
  co_await ctx.handled();
  std::map<std::string_view, size_t> calls;
  for (const std::string_view family : kFamilies) {
    calls[family] = CallsSoFar(ctx, family);
  }
  co_await Talk(ctx);
  co_await ctx.handled();
  for (const std::string_view family : kFamilies) {
    calls[family] = CallsSoFar(ctx, family) - calls[family];
  }
  co_return calls;
}

awaitable<bool> Sweep(Context& ctx, const Swept& swept, size_t calls) {
  constexpr size_t kMostRounds = 12;
  const auto round = [&swept](Context& with) -> awaitable<void> {
    if (!swept.ends_connections) {
      co_await Talk(with);
      co_return;
    }
    size_t accounted = Fired(with);
    const auto talk = [&with] { return Talk(with); };
    co_await Survives(with, talk, accounted);
  };
  try {
    Trial trial{.plan = fmt::format("{} every {} at most 100 times", swept.rule, calls + 1),
                .round = round,
                .rounds = static_cast<int>(std::min(calls, kMostRounds) + 1),
                .enough = calls + 1,
                .calls = swept.calls};
    co_await Try(ctx, std::move(trial));
  } catch (const Skip&) {
    co_return false;
  }
  co_return true;
}

}  // namespace

awaitable<void> FaultSweep(Context& ctx) {
  const auto calls = co_await CallsOfARound(ctx);
  bool any = false;
  for (const Swept& swept : kSwept) {
    if (calls.at(swept.calls) == 0) {
      continue;
    }
    const bool fired = co_await Sweep(ctx, swept, calls.at(swept.calls));
    any = any || fired;
  }
  if (!any) {
    throw Skip("not one of the faults may befall this server");
  }
}

}  // namespace eagain::checks
