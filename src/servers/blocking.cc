#include "eagain/servers/blocking.h"

#include <utility>

#include "eagain/net/clock.h"
#include "eagain/servers/serve_to_the_end.h"
#include "eagain/sys/sys_error.h"

namespace eagain {

BlockingServer::BlockingServer(Sys& sys, const ServerOptions& options)
    : sys_(sys),
      options_(options),
      listener_(sys, {.host = options.host,
                      .port = options.port,
                      .backlog = options.backlog,
                      .non_blocking = false,
                      .non_blocking_clients = false}),
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
  Session session(context_, std::move(client));
  const StopWakes wakes(stop, session.fd(), StopWakes::What::kClient);
  ServeToTheEnd(sys_, options_, stop, session);
}

}  // namespace eagain
