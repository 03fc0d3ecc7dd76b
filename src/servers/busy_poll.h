// The server without a wait call: non-blocking descriptors, and every client asked in turn whether
// there is something. It serves many at once, and pays with CPU while nobody says anything and with
// latency, since a turn in which nothing happened is followed by a short sleep.
#pragma once

#include <memory>
#include <vector>

#include "eagain/net/accept_pause.h"
#include "eagain/net/listener.h"
#include "eagain/net/session.h"
#include "eagain/servers/server.h"

namespace eagain {

class BusyPollServer final : public Server {
 public:
  // Listens when it returns; throws as server.h says. `sys` outlives the server.
  BusyPollServer(Sys& sys, const ServerOptions& options);

  void run(Stop& stop) override;
  const std::string& address() const override { return listener_.address(); }
  uint16_t port() const override { return listener_.port(); }

 private:
  // Each says whether anything was done.
  bool accept_newcomers();
  bool serve_everybody();

  void pause_accepting(int error);
  void drain();

  Sys& sys_;
  const ServerOptions options_;
  Listener listener_;
  SessionContext context_;
  AcceptPause pause_;
  std::vector<std::unique_ptr<Session>> sessions_;  // in no order
};

}  // namespace eagain
