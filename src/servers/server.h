// Server: an echo server (RFC 862) of one I/O strategy, and what can be set on all of them.
//
// A server listens from its construction on: its maker (registry.h) throws SysError when that
// cannot be, a port in use above all, and std::invalid_argument when the host is no address.
#pragma once

#include <cstdint>
#include <string>

#include "eagain/net/listener.h"
#include "eagain/net/log.h"
#include "eagain/net/session.h"
#include "eagain/net/stop.h"

namespace eagain {

struct ServerOptions {
  std::string host = "127.0.0.1";  // an IPv4 or IPv6 address, or localhost
  uint16_t port = 0;               // 0: the kernel picks a free one
  int backlog = SOMAXCONN;
  SessionOptions session;
  // How many newcomers are accepted before the clients have their turn again.
  int accepts_per_turn = 64;
  // Edge-triggered: how often one client is received from, a receive buffer full each time, before
  // the others have their turn again.
  int edge_budget_calls = 8;
  // io_uring: whether the kernel is to choose the buffers to receive into, where it can.
  bool provided_buffers = true;
  // Reactors: so many loops; 0: one for each core.
  size_t loops = 0;
  // Processes: so many children at once; whoever comes then waits until one has left.
  size_t most_children = 4096;
  // How long a server that was asked to stop goes on sending what waits.
  int drain_ms = 1000;
  Log log;
};

class Server {
 public:
  Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  virtual ~Server() = default;

  // Serves until `stop` is requested; then stops accepting, sends what can be sent within drain_ms,
  // and returns with every client's descriptor closed. Once only. Throws SysError when the kernel
  // refuses something that serving at all depends on.
  virtual void run(Stop& stop) = 0;

  // Where it listens, "127.0.0.1:80" or "[::1]:80".
  virtual const std::string& address() const = 0;
  virtual uint16_t port() const = 0;
};

}  // namespace eagain
