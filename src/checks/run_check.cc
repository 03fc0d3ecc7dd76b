#include <fmt/format.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "eagain/checks/aftermath.h"
#include "eagain/checks/outcome.h"

namespace eagain::checks {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// The end of a check, as a verdict.
void Judge(const std::exception_ptr& thrown, Outcome& outcome) {
  try {
    if (thrown) {
      std::rethrow_exception(thrown);
    }
    outcome.verdict = Verdict::kPass;
  } catch (const Failure& failure) {
    outcome.verdict = Verdict::kFail;
    outcome.expected = failure.expected();
    outcome.actual = failure.actual();
  } catch (const Skip& skip) {
    outcome.verdict = Verdict::kSkip;
    outcome.reason = skip.what();
  } catch (const std::exception& trouble) {
    outcome.verdict = Verdict::kError;
    outcome.actual = trouble.what();
  }
}

// A client sees the connections of a dying server end before its parent sees the process end. So
// after a failure a server that is awake gets a moment to end, for its exit is the best evidence.
awaitable<void> LetDyingServerEnd(Context& ctx) {
  asio::steady_timer timer(ctx.io());
  int asleep = 0;
  for (int i = 0; i < 100 && asleep < 3 && !ctx.server_end(); ++i) {
    asleep = ctx.sample(driver::Detail::kThreads).asleep() ? asleep + 1 : 0;
    timer.expires_after(milliseconds(2));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// That a client ends well at the end of its input is no death.
void TellOfDeath(const Check& check, Context& ctx, Outcome& outcome) {
  const auto end = ctx.server_end();
  if (!end || (check.role == Role::kClient && !end->signaled && end->status == 0)) {
    return;
  }
  const std::string how = end->describe();
  if (outcome.actual.find(how) == std::string::npos) {
    outcome.actual += fmt::format("\nthe {} has ended: {}", ctx.server().noun(), how);
  }
}

void TellOfWatcher(Context& ctx, Outcome& outcome) {
  const MemoryLogs* logs = ctx.memory_logs();
  const std::string why = logs != nullptr ? logs->why_given_up() : "";
  if (!why.empty()) {
    outcome.actual += "\nvalgrind gave up: " + why;
  }
}

void Collect(const Check& check, Context& ctx, Outcome& outcome) {
  outcome.steps = ctx.transcript().steps();
  outcome.timeline = ctx.transcript().events();
  outcome.faults = ctx.faults();
  outcome.rules = ctx.rules_fired();
  outcome.server_output = ctx.server_output();
  outcome.restless = check.role == Role::kServer && ctx.patience().restless();
  if (const auto end = ctx.server_end()) {
    outcome.server_exit = end->describe();
  }
  if (outcome.verdict == Verdict::kFail || outcome.verdict == Verdict::kTimeout) {
    outcome.partial = ctx.progress();
  }
}

// Sets `judged` when all but the timeline of the outcome stands.
awaitable<void> RunAndJudge(const Check& check, Context& ctx, Outcome& outcome, bool& judged) {
  std::exception_ptr thrown;
  try {
    if (check.role == Role::kServer) {
      co_await ctx.start_server();
    }
    co_await check.run(ctx);
  } catch (...) {
    thrown = std::current_exception();
  }
  Judge(thrown, outcome);
  if (outcome.verdict == Verdict::kFail) {
    co_await LetDyingServerEnd(ctx);
    TellOfDeath(check, ctx, outcome);
    TellOfWatcher(ctx, outcome);
  }
  Collect(check, ctx, outcome);
  judged = true;
  if (outcome.verdict == Verdict::kFail) {
    co_await WatchAftermath(ctx);
    outcome.timeline = ctx.transcript().events();
  }
  ctx.left_open().clear();
  if (ctx.memory_logs() != nullptr) {
    outcome.memory.emplace();
    co_await FinishMemoryWatch(ctx, *outcome.memory);
  }
}

// One run. It is made on the heap because it is leaked if a check cannot be made to end: what the
// suspended coroutine refers to must outlive it.
struct Run {
  Run(const Check& check_in, const ContextOptions& options)
      : check(check_in), context(io, options) {}

  // Runs the check to its end, or until `limit` has passed; whether it ended.
  bool run(milliseconds limit) {
    ended = false;
    asio::co_spawn(io, RunAndJudge(check, context, outcome, judged),
                   asio::bind_cancellation_slot(cancel.slot(), [this](const std::exception_ptr&) {
                     ended = true;
                     io.stop();
                   }));
    io.run_for(limit);
    return ended;
  }

  // Unwinds the check, so that its peers are gone before what they refer to.
  bool cut_short() {
    if (context.has_server()) {
      context.server().thaw();
    }
    io.restart();
    cancel.emit(asio::cancellation_type::terminal);
    io.run_for(std::chrono::seconds(10));
    return ended;
  }

  const Check& check;
  asio::io_context io;
  Context context;
  Outcome outcome;
  asio::cancellation_signal cancel;
  bool ended = false;
  bool judged = false;
};

}  // namespace

Outcome RunCheck(const Check& check, const ContextOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const auto since_start = [&] {
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
  };
  const auto limit = std::chrono::duration_cast<milliseconds>(
      std::chrono::duration<double>(options.limit) * options.patience.scale);

  auto run = std::make_unique<Run>(check, options);
  const bool in_time = run->run(limit);
  const auto last_steps = run->context.transcript().steps(3);
  const bool judged = run->judged;  // in time: what the cutting short does to it says nothing
  const bool unwound = in_time || run->cut_short();
  Outcome outcome = std::move(run->outcome);
  outcome.id = check.id;
  if (!judged) {
    outcome.verdict = Verdict::kTimeout;
    outcome.expected = check.requirement;
    outcome.actual = fmt::format(
        "the check was still under way after {} s; the last step: {}", limit.count() / 1000,
        last_steps.empty() ? fmt::format("starting the {}", RoleName(check.role))
                           : last_steps.back());
    Collect(check, run->context, outcome);
  }
  run->context.stop_server();
  if (const MemoryLogs* logs = run->context.memory_logs(); logs != nullptr && !in_time) {
    outcome.memory = {.reports = ButLeaks(logs->reports()),
                      .no_leak_check = "the check took too long",
                      .sanitizers = {}};
  }
  if (!unwound) {
    static_cast<void>(run.release());
  }
  outcome.duration = since_start();
  return outcome;
}

}  // namespace eagain::checks
