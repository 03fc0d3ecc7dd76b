#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "eagain/cli/stop_on_signals.h"
#include "eagain/cli/verbs.h"
#include "eagain/client/connect.h"
#include "eagain/net/clock.h"
#include "eagain/net/listener.h"
#include "eagain/net/stop.h"
#include "eagain/sys/kernel_sys.h"
#include "eagain/sys/sys_error.h"

namespace eagain::cli {

namespace {

struct TriggerArguments {
  std::string kind;
  double seconds = 0;
};

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kReportEveryNs = kNsPerSecond / 2;

// A listener in an epoll instance, with a connection pending that nobody accepts.
class Demonstration {
 public:
  Demonstration(Sys& sys, const Stop& stop, bool edge)
      : sys_(sys), listener_(sys, {}), epoll_(MakeEpoll(sys)) {
    watch(listener_.fd(), edge ? EPOLLIN | uint32_t{EPOLLET} : uint32_t{EPOLLIN});
    watch(stop.fd(), EPOLLIN);
    client_ = ConnectToFirst(sys, Resolve("127.0.0.1", listener_.port()));
  }

  // Waits once, for `timeout_ms` at most, and counts if the wait tells of the connection.
  void wait_once(int timeout_ms) {
    epoll_event events[2];
    const SysResult<int> ready = sys_.epoll_wait(epoll_.get(), events, 2, timeout_ms);
    if (!ready && ready.error() != EINTR) {
      throw SysError("epoll_wait", ready.error());
    }
    for (int i = 0; ready && i < *ready; ++i) {
      told_ += events[i].data.fd == listener_.fd() ? 1 : 0;
    }
  }

  int64_t told() const { return told_; }

 private:
  static UniqueFd MakeEpoll(Sys& sys) {
    const SysResult<int> fd = sys.epoll_create1(EPOLL_CLOEXEC);
    if (!fd) {
      throw SysError("cannot make an epoll instance", fd.error());
    }
    return {sys, *fd};
  }

  void watch(int fd, uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (const SysResult<void> added = sys_.epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
        !added) {
      throw SysError("cannot watch the listener", added.error());
    }
  }

  Sys& sys_;
  Listener listener_;
  UniqueFd epoll_;
  UniqueFd client_;
  int64_t told_ = 0;
};

std::string Times(int64_t count) {
  return fmt::format("{} {}", count, count == 1 ? "time" : "times");
}

int Run(const TriggerArguments& arguments) {
  KernelSys sys;
  Stop stop(sys);
  const StopOnSignals stop_on_signals(stop);
  Demonstration demonstration(sys, stop, arguments.kind == "edge");
  fmt::print("{}-triggered: a connection waits to be accepted, and nobody accepts it\n",
             arguments.kind);
  const int64_t began_ns = NowNs(sys);
  const int64_t ends_ns = arguments.seconds > 0
                              ? began_ns + static_cast<int64_t>(arguments.seconds * kNsPerSecond)
                              : INT64_MAX;
  int64_t report_ns = began_ns + kReportEveryNs;
  int64_t now_ns = began_ns;
  for (; now_ns < ends_ns && !stop.requested(); now_ns = NowNs(sys)) {
    if (now_ns >= report_ns) {
      fmt::print("{:6.1f} s: told {}\n", static_cast<double>(now_ns - began_ns) / kNsPerSecond,
                 Times(demonstration.told()));
      static_cast<void>(fflush(stdout));
      report_ns += kReportEveryNs;
    }
    demonstration.wait_once(RemainingMs(sys, std::min(report_ns, ends_ns)));
  }
  fmt::print("{}-triggered: told {} in {:.1f} s\n", arguments.kind, Times(demonstration.told()),
             static_cast<double>(now_ns - began_ns) / kNsPerSecond);
  return kConforms;
}

}  // namespace

void AddTrigger(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<TriggerArguments>();
  CLI::App* verb = app.add_subcommand(
      "trigger", "show how level- and edge-triggered notification differ, as running counts");
  verb->footer("Examples:\n  eagain trigger level --seconds 2\n  eagain trigger edge");
  verb->add_option("kind", arguments->kind, "level or edge")
      ->required()
      ->check(CLI::IsMember({"level", "edge"}));
  verb->add_option("--seconds", arguments->seconds, "for how long; without it, until Ctrl-C")
      ->check(CLI::PositiveNumber);
  verb->callback([arguments, &action] { action = [arguments] { return Run(*arguments); }; });
}

}  // namespace eagain::cli
