#include "eagain/servers/busy_poll.h"

#include <utility>

#include "eagain/net/clock.h"
#include "eagain/sys/sys_error.h"

namespace eagain {

namespace {

// After a turn in which nothing was done: short beside what people notice, long beside a turn.
constexpr int kNapMs = 1;

// Did bytes move, or the connection end?
bool IsProgress(Session::Io io) {
  return io != Session::Io::kBlocked && io != Session::Io::kInterrupted;
}

// One send and one receive at most.
bool Serve(Session& session) {
  bool progress = false;
  if (session.wants_write()) {
    progress = IsProgress(session.flush());
  }
  if (session.wants_read()) {
    progress = IsProgress(session.receive()) || progress;
  }
  return progress;
}

}  // namespace

BusyPollServer::BusyPollServer(Sys& sys, const ServerOptions& options)
    : sys_(sys),
      options_(options),
      listener_(sys, {.host = options.host,
                      .port = options.port,
                      .backlog = options.backlog,
                      .non_blocking = true}),
      context_(sys, options.session),
      pause_(sys) {}

void BusyPollServer::run(Stop& stop) {
  while (!stop.requested()) {
    const bool served = serve_everybody();
    const bool accepted = accept_newcomers();
    if (!served && !accepted) {
      SleepMs(sys_, kNapMs);
    }
  }
  drain();
}

bool BusyPollServer::serve_everybody() {
  bool progress = false;
  for (size_t i = 0; i < sessions_.size();) {
    Session& session = *sessions_[i];
    const bool served = Serve(session);
    progress = progress || served || session.finished();
    if (!session.finished()) {
      ++i;
      continue;
    }
    options_.log(LogLevel::kDebug, "client on descriptor {}: {}", session.fd(),
                 session.error() == 0 ? "left" : DescribeErrno(session.error()));
    std::swap(sessions_[i], sessions_.back());
    sessions_.pop_back();
    pause_.client_left();
  }
  return progress;
}

bool BusyPollServer::accept_newcomers() {
  pause_.end_if_due();
  bool progress = false;
  for (int i = 0; i < options_.accepts_per_turn && !pause_.paused(); ++i) {
    Accepted accepted = listener_.accept();
    switch (accepted.outcome) {
      case Accepted::Outcome::kClient:
        pause_.accepted();
        progress = true;
        options_.log(LogLevel::kDebug, "client on descriptor {}: connected", accepted.client.get());
        sessions_.push_back(std::make_unique<Session>(context_, std::move(accepted.client)));
        break;
      case Accepted::Outcome::kAgain:
        break;
      case Accepted::Outcome::kNone:
        return progress;
      case Accepted::Outcome::kExhausted:
      case Accepted::Outcome::kBroken:
        pause_accepting(accepted.error);
        break;
    }
  }
  return progress;
}

void BusyPollServer::pause_accepting(int error) {
  if (pause_.begin()) {
    options_.log(LogLevel::kWarning, "accepting pauses, {} clients connected: {}", sessions_.size(),
                 DescribeErrno(error));
  }
}

void BusyPollServer::drain() {
  listener_.close();
  const int64_t deadline_ns = NowNs(sys_) + options_.drain_ms * kNsPerMs;
  for (const std::unique_ptr<Session>& session : sessions_) {
    session->finish();
  }
  while (!sessions_.empty() && RemainingMs(sys_, deadline_ns) > 0) {
    if (!serve_everybody()) {
      SleepMs(sys_, kNapMs);
    }
  }
  if (!sessions_.empty()) {
    options_.log(LogLevel::kInfo, "{} clients cut off", sessions_.size());
    sessions_.clear();
  }
}

}  // namespace eagain
