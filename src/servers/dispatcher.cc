#include "eagain/servers/dispatcher.h"

#include <utility>

#include "eagain/servers/wait_error.h"

namespace eagain {

Dispatcher::Dispatcher(Sys& sys, const ServerOptions& options, MakeWorkers make_workers)
    : sys_(sys),
      options_(options),
      make_workers_(make_workers),
      listener_(sys, {.host = options.host,
                      .port = options.port,
                      .backlog = options.backlog,
                      .non_blocking = true,
                      .non_blocking_clients = false}),
      pause_(sys) {}

void Dispatcher::run(Stop& stop) {
  const std::unique_ptr<Workers> workers = make_workers_(sys_, options_, stop, listener_.fd());
  while (!stop.requested()) {
    turn(stop, *workers);
  }
  listener_.close();
  newcomer_.reset();
  workers->finish();
}

void Dispatcher::turn(const Stop& stop, Workers& workers) {
  enum { kStop, kEnds, kListener };
  const bool accepting = !pause_.paused() && !workers.full();
  // A negative descriptor is passed over.
  pollfd watched[] = {{.fd = stop.fd(), .events = POLLIN, .revents = 0},
                      {.fd = workers.ends_fd(), .events = POLLIN, .revents = 0},
                      {.fd = accepting ? listener_.fd() : -1, .events = POLLIN, .revents = 0}};
  const SysResult<int> ready = sys_.poll(watched, std::size(watched), pause_.remaining_ms());
  if (!ready) {
    SurviveWaitError(sys_, "poll", ready.error());
    return;
  }
  if (watched[kEnds].revents != 0) {
    workers.note_ends();
    pause_.client_left();
  }
  pause_.end_if_due();
  if (stop.requested() || pause_.paused()) {
    return;
  }
  if (newcomer_) {
    serve_newcomer(workers);
  } else if (watched[kListener].revents != 0) {
    accept_one(workers);
  }
}

void Dispatcher::accept_one(Workers& workers) {
  Accepted accepted = listener_.accept();
  switch (accepted.outcome) {
    case Accepted::Outcome::kClient:
      newcomer_ = std::move(accepted.client);
      serve_newcomer(workers);
      break;
    case Accepted::Outcome::kNone:
    case Accepted::Outcome::kAgain:
      break;
    case Accepted::Outcome::kExhausted:
    case Accepted::Outcome::kBroken:
      pause_accepting(accepted.error, workers);
      break;
  }
}

void Dispatcher::serve_newcomer(Workers& workers) {
  if (const SysResult<void> served = workers.serve(newcomer_); !served) {
    pause_accepting(served.error(), workers);
    return;
  }
  pause_.accepted();
}

void Dispatcher::pause_accepting(int error, Workers& workers) {
  workers.watch_ends();
  if (pause_.begin()) {
    options_.log(LogLevel::kWarning, "accepting pauses, {} clients connected: {}", workers.count(),
                 DescribeErrno(error));
  }
}

}  // namespace eagain
