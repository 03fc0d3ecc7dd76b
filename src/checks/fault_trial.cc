#include "eagain/checks/fault_trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "eagain/checks/slow_server.h"
#include "eagain/fault/plan/parser.h"

namespace eagain::checks {
namespace {

using Record = fault::InjectionRecord;

const Record* LastOf(Context& ctx, Record::Kind kind) {
  const fault::InjectionLog* log = ctx.injection();
  if (log == nullptr) {
    return nullptr;
  }
  const auto& records = log->records();
  const auto last = std::find_if(records.rbegin(), records.rend(),
                                 [&](const Record& record) { return record.kind == kind; });
  return last == records.rend() ? nullptr : &*last;
}

bool AllFired(Context& ctx, size_t rules, size_t enough) {
  for (size_t rule = 0; rule < rules; ++rule) {
    if (Fired(ctx, rule) < enough) {
      return false;
    }
  }
  return true;
}

// The failure, with the fault that came last before it.
Failure AfterFault(Context& ctx, const Failure& failure) {
  const Record* last = LastOf(ctx, Record::Kind::kFired);
  return last == nullptr
             ? failure
             : Failure(failure.expected(), fmt::format("{}\nthe last fault before: {}",
                                                       failure.actual(), last->describe()));
}

std::string WhyNothingFired(Context& ctx, const Trial& trial) {
  if (const Record* withheld = LastOf(ctx, Record::Kind::kWithheld)) {
    return fmt::format("no kernel may do this to this server: {}", withheld->reason);
  }
  return fmt::format("nothing to try it on: the server made no {}", trial.calls);
}

}  // namespace

size_t Fired(Context& ctx) {
  const fault::InjectionLog* log = ctx.injection();
  return log == nullptr ? 0 : log->fired();
}

size_t Fired(Context& ctx, size_t rule) {
  const fault::InjectionLog* log = ctx.injection();
  return log == nullptr ? 0 : log->fired(rule);
}

awaitable<bool> FiredMoreThan(Context& ctx, size_t count) {
  constexpr driver::PatienceLimits kMoment{.quiet = std::chrono::milliseconds(200),
                                           .busy = std::chrono::milliseconds(200),
                                           .unfair = std::chrono::milliseconds(200)};
  const auto more = [&ctx, count] { return Fired(ctx) > count; };
  co_return co_await ctx.patience().until_within(kMoment, more);
}

awaitable<void> Try(Context& ctx, Trial trial) {
  const size_t rules = fault::ParsePlan(trial.plan).plan.rules.size();
  co_await ctx.start_server_under(trial.plan);
  std::optional<Failure> failed;
  try {
    const SlowServer slow(ctx);
    for (int i = 0; i < trial.rounds && !AllFired(ctx, rules, trial.enough); ++i) {
      co_await trial.round(ctx);
      if (slow.is_it() && AllFired(ctx, rules, 1)) {
        slow.note();
        break;
      }
    }
  } catch (const Failure& failure) {
    failed = failure;
  }
  if (failed) {
    co_await FiredMoreThan(ctx, Fired(ctx));
    throw AfterFault(ctx, *failed);
  }
  const bool fired = co_await FiredMoreThan(ctx, 0);
  if (!fired) {
    throw Skip(WhyNothingFired(ctx, trial));
  }
}

awaitable<void> TryToo(Context& ctx, Trial trial) {
  const std::string plan = trial.plan;
  try {
    co_await Try(ctx, std::move(trial));
  } catch (const Skip& skip) {
    ctx.transcript().note(fmt::format("left out: {}: {}", plan, skip.what()));
  }
}

awaitable<void> ServeOne(Context& ctx, size_t bytes) {
  Peer peer = co_await ctx.connect();
  co_await peer.round_trip("hello");
  co_await peer.send_pattern(bytes);
  co_await peer.expect_pattern(bytes);
  peer.half_close();
  co_await peer.expect_eof();
  peer.close();
}

awaitable<bool> Survives(Context& ctx, std::function<awaitable<void>()> conversation,
                         size_t& accounted) {
  std::optional<Failure> failed;
  try {
    co_await conversation();
  } catch (const Failure& failure) {
    failed = failure;
  }
  if (!failed) {
    co_return true;
  }
  const bool by_fault = !ctx.server_end() && co_await FiredMoreThan(ctx, accounted);
  if (!by_fault) {
    throw *failed;
  }
  ++accounted;
  co_return false;
}

}  // namespace eagain::checks
