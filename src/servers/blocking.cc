#include "eagain/servers/blocking.h"

#include <sys/time.h>

#include <optional>
#include <utility>

#include "eagain/net/clock.h"
#include "eagain/sys/sys_error.h"

namespace eagain {

namespace {

// A stop shuts a client down for reading only: what waits is still to be sent. A send to a client
// that does not read comes back after so long, so that the stop is noticed.
constexpr int kSendReturnsMs = 100;

}  // namespace

BlockingServer::BlockingServer(Sys& sys, const ServerOptions& options)
    : sys_(sys),
      options_(options),
      listener_(sys, {.host = options.host,
                      .port = options.port,
                      .backlog = options.backlog,
                      .non_blocking = false}),
      context_(sys, options.session),
      pause_(sys) {}

void BlockingServer::run(Stop& stop) {
  {
    const StopWakes wakes(stop, listener_.fd(), StopWakes::What::kListener);
    while (!stop.requested()) {
      accept_one(stop);
    }
  }
  listener_.close();
}

void BlockingServer::accept_one(Stop& stop) {
  Accepted accepted = listener_.accept();
  if (accepted.outcome == Accepted::Outcome::kClient) {
    pause_.accepted();
    serve(stop, std::move(accepted.client));
  } else if (accepted.outcome != Accepted::Outcome::kAgain && !stop.requested()) {
    // Nobody can leave in the meantime: only time helps.
    if (pause_.begin()) {
      options_.log(LogLevel::kWarning, "accepting pauses: {}", DescribeErrno(accepted.error));
    }
    SleepMs(sys_, pause_.remaining_ms());
  }
}

void BlockingServer::serve(Stop& stop, UniqueFd client) {
  const int fd = client.get();
  const timeval returns{.tv_sec = 0, .tv_usec = kSendReturnsMs * 1000};
  static_cast<void>(sys_.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &returns, sizeof returns).ok());
  options_.log(LogLevel::kDebug, "client on descriptor {}: connected", fd);
  Session session(context_, std::move(client));
  const StopWakes wakes(stop, fd, StopWakes::What::kClient);
  std::optional<int64_t> deadline_ns;
  while (!session.finished()) {
    if (deadline_ns && RemainingMs(sys_, *deadline_ns) == 0) {
      options_.log(LogLevel::kInfo, "client on descriptor {}: cut off", fd);
      return;
    }
    if (stop.requested() && !deadline_ns) {
      deadline_ns = NowNs(sys_) + options_.drain_ms * kNsPerMs;
      session.finish();
    } else if (session.wants_write()) {
      static_cast<void>(session.flush());
    } else {
      static_cast<void>(session.receive());
    }
  }
  options_.log(LogLevel::kDebug, "client on descriptor {}: {}", fd,
               session.error() == 0 ? "left" : DescribeErrno(session.error()));
}

}  // namespace eagain
