// HarnessServer: the server that a client under test talks to. It echoes what it receives, at once
// or when it is told to, and lets itself be asked what has come. It is never in the way: it reads
// whatever is sent, and answers a client's FIN with its own once all that is owed has been sent.
//
// It works while the io_context runs. Several connections of one client are one conversation.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "eagain/driver/patience.h"
#include "eagain/driver/transcript.h"

namespace eagain::driver {

class HarnessServer {
 public:
  // Listens on kClientsHost; with port 0 the kernel chooses one. What happens is in the transcript,
  // and is progress. Throws HarnessError when the port cannot be had.
  HarnessServer(asio::io_context& io, Patience& patience, Transcript& transcript, uint16_t port);
  ~HarnessServer();
  HarnessServer(const HarnessServer&) = delete;
  HarnessServer& operator=(const HarnessServer&) = delete;

  uint16_t port() const;
  int connections() const;              // that were ever made
  const std::string& received() const;  // in the order in which it came

  // From now on what comes is kept, and echoed by echo() only; until release() echoes it all, and
  // everything after it at once.
  void hold();
  void release();
  const std::string& held() const;
  void echo(size_t count);  // the next so many bytes of what is held

  // What was echoed and the client has not read: it lies in its sockets, or waits for room there.
  size_t unread() const;

  // Closes all connections, and listens no more: whoever connects is refused.
  void leave();

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the handlers that still wait
};

// A port of kClientsHost at which nobody listens, and nobody else will as long as this lives.
class RefusingPort {
 public:
  // With port 0 the kernel chooses one. Throws HarnessError when it cannot be had.
  RefusingPort(asio::io_context& io, uint16_t port);
  ~RefusingPort();
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;
  uint16_t port() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace eagain::driver
