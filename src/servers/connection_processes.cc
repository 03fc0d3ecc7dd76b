#include "eagain/servers/connection_processes.h"

#include <sys/wait.h>

#include "eagain/net/clock.h"
#include "eagain/servers/serve_to_the_end.h"
#include "eagain/servers/wait_error.h"

namespace eagain {

ConnectionProcesses::ConnectionProcesses(Sys& sys, const ServerOptions& options, Stop& stop,
                                         int listener)
    : sys_(sys), options_(options), stop_(stop), listener_(listener), ends_(sys) {}

ConnectionProcesses::~ConnectionProcesses() {
  signal_all(SIGKILL);
  for (const pid_t child : children_) {
    // Killed, it ends; EINTR is the one thing that can come in between.
    while (sys_.waitpid(child, nullptr, 0).error() == EINTR) {
    }
  }
}

SysResult<void> ConnectionProcesses::serve(UniqueFd& client) {
  const int fd = client.get();
  const SysResult<pid_t> child =
      sys_.fork([this] { close_what_is_the_parents(); }, [this, fd] { return serve_in_child(fd); });
  if (!child) {
    return Fail(child.error());
  }
  children_.insert(*child);
  client.reset();
  return Ok();
}

void ConnectionProcesses::close_what_is_the_parents() {
  static_cast<void>(sys_.close(listener_).ok());
  ends_.let_go();
  stop_.let_go_of_event();
}

int ConnectionProcesses::serve_in_child(int client) {
  SessionContext context(sys_, options_.session);
  Session session(context, UniqueFd(sys_, client));
  const StopWakes wakes(stop_, client, StopWakes::What::kClient);
  ServeToTheEnd(sys_, options_, stop_, session);
  return 0;
}

void ConnectionProcesses::note_ends() {
  // In this order: a child that ends in between is told anew.
  ends_.clear();
  reap();
}

void ConnectionProcesses::reap() {
  while (!children_.empty()) {
    int status = 0;
    const SysResult<pid_t> ended = sys_.waitpid(-1, &status, WNOHANG);
    if (!ended && ended.error() == EINTR) {
      continue;
    }
    if (!ended) {
      children_.clear();  // ECHILD: somebody else has reaped them
      return;
    }
    if (*ended == 0) {
      return;
    }
    children_.erase(*ended);
    if (WIFSIGNALED(status)) {
      options_.log(LogLevel::kWarning, "process {}, which served a client, was ended by signal {}",
                   *ended, WTERMSIG(status));
    }
  }
}

void ConnectionProcesses::signal_all(int signal) {
  for (const pid_t child : children_) {
    static_cast<void>(sys_.kill(child, signal).ok());  // ESRCH: it has ended, and is to be reaped
  }
}

void ConnectionProcesses::finish() {
  signal_all(SIGTERM);
  const int64_t deadline_ns = NowNs(sys_) + (options_.drain_ms + kGraceMs) * kNsPerMs;
  reap();
  while (!children_.empty()) {
    const int left_ms = RemainingMs(sys_, deadline_ns);
    if (left_ms == 0) {
      options_.log(LogLevel::kInfo, "{} clients cut off", children_.size());
      return;
    }
    pollfd ends{.fd = ends_.fd(), .events = POLLIN, .revents = 0};
    if (const SysResult<int> ready = sys_.poll(&ends, 1, left_ms); !ready) {
      SurviveWaitError(sys_, "poll", ready.error());
    }
    note_ends();
  }
}

}  // namespace eagain
