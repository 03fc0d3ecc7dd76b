#include "eagain/servers/serve_to_the_end.h"

#include <sys/time.h>

#include <optional>

#include "eagain/net/clock.h"
#include "eagain/sys/sys_error.h"

namespace eagain {

namespace {

// A stop shuts a client down for reading only: what waits is still to be sent. A send to a client
// that does not read comes back after so long, so that the stop is noticed.
constexpr int kSendReturnsMs = 100;

}  // namespace

void ServeToTheEnd(Sys& sys, const ServerOptions& options, const Stop& stop, Session& session) {
  const int fd = session.fd();
  const timeval returns{.tv_sec = 0, .tv_usec = kSendReturnsMs * 1000};
  static_cast<void>(sys.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &returns, sizeof returns).ok());
  options.log(LogLevel::kDebug, "client on descriptor {}: connected", fd);
  std::optional<int64_t> deadline_ns;
  while (!session.finished()) {
    if (deadline_ns && RemainingMs(sys, *deadline_ns) == 0) {
      options.log(LogLevel::kInfo, "client on descriptor {}: cut off", fd);
      return;
    }
    if (stop.requested() && !deadline_ns) {
      deadline_ns = NowNs(sys) + options.drain_ms * kNsPerMs;
      session.finish();
    } else if (session.wants_write()) {
      static_cast<void>(session.flush());
    } else {
      static_cast<void>(session.receive());
    }
  }
  options.log(LogLevel::kDebug, "client on descriptor {}: {}", fd,
              session.error() == 0 ? "left" : DescribeErrno(session.error()));
}

}  // namespace eagain
