// Several Reactors in one server, each with a thread, a listener and clients of its own; what they
// share is the port (SO_REUSEPORT), and newcomers (LoopExchange).
#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <vector>

#include "eagain/servers/loop_exchange.h"
#include "eagain/servers/reactor.h"
#include "eagain/servers/server.h"

namespace eagain {

class ReactorsServer final : public Server {
 public:
  // All loops listen when it returns; throws as server.h says. `sys` outlives the server.
  ReactorsServer(Sys& sys, const ServerOptions& options);

  void run(Stop& stop) override;
  const std::string& address() const override { return loops_.front()->address(); }
  uint16_t port() const override { return loops_.front()->port(); }

 private:
  // Of each thread's stack.
  static constexpr size_t kStackBytes = 256 * 1024;

  void run_loop(size_t loop, Stop& stop);
  void failed(std::exception_ptr why, Stop& stop);

  Sys& sys_;
  LoopExchange exchange_;
  std::vector<std::unique_ptr<Reactor>> loops_;
  std::mutex mutex_;            // guards failure_
  std::exception_ptr failure_;  // the first
};

}  // namespace eagain
