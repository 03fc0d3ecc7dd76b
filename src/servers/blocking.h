// The server that everybody writes first: accept a client, serve it until it leaves, accept the
// next. Each call blocks, so whoever comes second waits for the first to leave: the reason for all
// the others.
#pragma once

#include "eagain/net/accept_pause.h"
#include "eagain/net/listener.h"
#include "eagain/net/session.h"
#include "eagain/servers/server.h"

namespace eagain {

class BlockingServer final : public Server {
 public:
  // Listens when it returns; throws as server.h says. `sys` outlives the server.
  BlockingServer(Sys& sys, const ServerOptions& options);

  void run(Stop& stop) override;
  const std::string& address() const override { return listener_.address(); }
  uint16_t port() const override { return listener_.port(); }

 private:
  void accept_one(Stop& stop);
  void serve(Stop& stop, UniqueFd client);

  Sys& sys_;
  const ServerOptions options_;
  Listener listener_;
  SessionContext context_;
  AcceptPause pause_;
};

}  // namespace eagain
