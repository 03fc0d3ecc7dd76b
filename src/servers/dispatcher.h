// Dispatcher: the echo server that accepts, and has each client served by a worker of its own - a
// thread or a process, see Workers.
//
// A client for whom no worker is to be had (EAGAIN from pthread_create or fork) is kept, and gets
// one after a pause, as if it had not been accepted yet.
#pragma once

#include <memory>

#include "eagain/net/accept_pause.h"
#include "eagain/net/listener.h"
#include "eagain/servers/server.h"
#include "eagain/servers/workers.h"

namespace eagain {

class Dispatcher final : public Server {
 public:
  // Makes the workers of a run. `listener` is not for them; a process has to close its copy.
  using MakeWorkers = std::unique_ptr<Workers> (*)(Sys& sys, const ServerOptions& options,
                                                   Stop& stop, int listener);

  // Listens when it returns; throws as server.h says. `sys` outlives the server.
  Dispatcher(Sys& sys, const ServerOptions& options, MakeWorkers make_workers);

  void run(Stop& stop) override;
  const std::string& address() const override { return listener_.address(); }
  uint16_t port() const override { return listener_.port(); }

 private:
  void turn(const Stop& stop, Workers& workers);
  void accept_one(Workers& workers);
  void serve_newcomer(Workers& workers);
  void pause_accepting(int error, Workers& workers);

  Sys& sys_;
  const ServerOptions options_;
  const MakeWorkers make_workers_;
  Listener listener_;
  AcceptPause pause_;
  UniqueFd newcomer_;  // accepted, and not given to a worker yet
};

}  // namespace eagain
