#include "eagain/checks/memory_watch.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <chrono>

#include "eagain/checks/both_ends.h"
#include "eagain/checks/memory_logs.h"
#include "eagain/checks/stop_signal.h"

namespace eagain::checks {
namespace {

// A connection that a client has left and the server has not closed yet is still there.
int Connections(Context& ctx) {
  return ServerEndsIn(ctx, driver::TcpState::kEstablished) +
         ServerEndsIn(ctx, driver::TcpState::kCloseWait);
}

std::string EndedAlready(const Context& ctx) {
  return fmt::format("the server had ended before it was asked to: {}",
                     ctx.server_end()->describe());
}

// A tool takes a while to look up the names for a report, and must not be killed meanwhile. A server
// that is at work for long is not at that: a race may have left it with a list of any length.
awaitable<void> LetReportsEnd(Context& ctx) {
  constexpr driver::PatienceLimits kLongEnough{.quiet = std::chrono::milliseconds(2000),
                                               .busy = std::chrono::milliseconds(2000),
                                               .unfair = std::chrono::milliseconds(2000)};
  constexpr int kLooks = 3;
  int asleep = 0;
  const auto at_rest = [&] {
    asleep = ctx.sample(driver::Detail::kThreads).asleep() ? asleep + 1 : 0;
    return asleep >= kLooks || ctx.server_end().has_value();
  };
  co_await ctx.patience().until_within(kLongEnough, at_rest);
}

// Asks the server to stop; why that was no clean stop.
awaitable<std::string> StopCleanly(Context& ctx) {
  constexpr std::chrono::milliseconds kTimeToStop{5000};
  const driver::PatienceLimits moment{.quiet = std::chrono::milliseconds(300),
                                      .busy = std::chrono::milliseconds(1000),
                                      .unfair = std::chrono::milliseconds(1000)};
  const auto all_gone = [&ctx] { return Connections(ctx) == 0; };
  const bool gone = co_await ctx.patience().until_within(moment, all_gone);
  if (ctx.server_end()) {
    co_return EndedAlready(ctx);
  }
  if (!gone) {
    co_return "clients were still connected to the server when the check was over";
  }
  SendSignal(ctx, SIGTERM);
  SendSignalPastWrapper(ctx, SIGTERM);
  const bool stopped = co_await StopsWithin(ctx, kTimeToStop);
  if (!stopped || !ctx.server_end()) {
    co_return "the server did not stop at SIGTERM";
  }
  const auto end = *ctx.server_end();
  const bool looks_all_the_same = ctx.memory_logs()->watch().tool == MemoryTool::kValgrind;
  if (end.signaled && !looks_all_the_same) {
    co_return fmt::format(
        "the server was {}, and leaks are looked for only where a program ends by itself: catch "
        "SIGTERM, leave the loop and return from main",
        end.describe());
  }
  co_return std::string();
}

awaitable<void> LookForLeaks(Context& ctx, MemoryFindings& findings) {
  const std::vector<pid_t> pids = driver::ProcessTree(ctx.server().pid());
  findings.no_leak_check = co_await StopCleanly(ctx);
  if (findings.no_leak_check.empty()) {
    findings.no_leak_check = ctx.memory_logs()->why_no_leak_check(pids);
  }
  if (!findings.no_leak_check.empty()) {
    co_return;
  }
  for (MemoryReport& report : ctx.memory_logs()->newest_reports()) {
    const bool was_asked = std::find(pids.begin(), pids.end(), report.pid) != pids.end();
    if (report.concern == Concern::kLeak && was_asked) {
      findings.reports.push_back(std::move(report));
    }
  }
}

}  // namespace

std::vector<MemoryReport> ButLeaks(std::vector<MemoryReport> reports) {
  std::erase_if(reports,
                [](const MemoryReport& report) { return report.concern == Concern::kLeak; });
  return reports;
}

awaitable<void> FinishMemoryWatch(Context& ctx, MemoryFindings& findings) {
  const MemoryLogs& logs = *ctx.memory_logs();
  if (!ctx.has_server()) {
    findings.no_leak_check = "the check leaves no server behind";
  } else {
    if (ctx.server().frozen()) {
      ctx.server().thaw();
    }
    co_await LetReportsEnd(ctx);
    if (logs.watch().ask) {
      findings.sanitizers = logs.sanitizers(driver::ProcessTree(ctx.server().pid()));
    }
    if (logs.watch().leaks && !ctx.server_end()) {
      co_await LookForLeaks(ctx, findings);
    } else {
      findings.no_leak_check = ctx.server_end() ? EndedAlready(ctx) : "they were not asked for";
    }
  }
  for (MemoryReport& report : ButLeaks(logs.reports())) {
    findings.reports.push_back(std::move(report));
  }
}

}  // namespace eagain::checks
