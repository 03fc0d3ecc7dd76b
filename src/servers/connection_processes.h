// ConnectionProcesses: the clients of a server that gives each a process of its own.
//
// A child closes what is the parent's (listener, events), the parent what is the child's (the
// client); no child outlives the server, and none is left unreaped: waitpid is asked for any child
// of the program, so the program should have no others.
//
// A stop is told to the children by SIGTERM: whoever runs the server has it request the Stop
// (StopOnSignals), in the children too, which finish as the server would. Where it does not, SIGTERM
// ends them at once.
//
// Not thread-safe.
#pragma once

#include <sys/types.h>

#include <set>

#include "eagain/net/stop.h"
#include "eagain/servers/child_ends.h"
#include "eagain/servers/server.h"
#include "eagain/servers/workers.h"

namespace eagain {

class ConnectionProcesses final : public Workers {
 public:
  // How long after the time to drain a child is killed that has not ended.
  static constexpr int kGraceMs = 500;

  // Throws SysError when there is no eventfd to be had. All outlive this object.
  ConnectionProcesses(Sys& sys, const ServerOptions& options, Stop& stop, int listener);
  ~ConnectionProcesses() override;

  SysResult<void> serve(UniqueFd& client) override;
  bool full() const override { return children_.size() >= options_.most_children; }
  int ends_fd() const override { return ends_.fd(); }
  void note_ends() override;
  void finish() override;
  size_t count() override { return children_.size(); }

 private:
  void close_what_is_the_parents();
  int serve_in_child(int client);
  void reap();
  void signal_all(int signal);

  Sys& sys_;
  const ServerOptions& options_;
  Stop& stop_;
  const int listener_;
  ChildEnds ends_;
  std::set<pid_t> children_;
};

}  // namespace eagain
