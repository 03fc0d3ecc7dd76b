// A driver at work: an io_context, patience, a server made of a few lines of Python, and clients.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/driver/patience.h"
#include "eagain/driver/peer.h"
#include "eagain/driver/server_process.h"
#include "eagain/driver/transcript.h"

namespace eagain::driver {

// Serves every client with a thread of its own.
inline constexpr std::string_view kEcho = R"(
import socketserver, sys
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while (data := self.request.recv(65536)):
            self.request.sendall(data)
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 128
Server(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()
)";

class DriverTest : public testing::Test {
 protected:
  explicit DriverTest(const PatienceLimits& limits = {});
  ~DriverTest() override;

  // Starts Python with these lines and the port as its argument, and waits until it listens.
  void start(std::string_view lines);
  void start(ServerCommand command);
  // The same without the wait.
  ServerProcess& launch(ServerCommand command);
  static ServerCommand python(std::string_view lines);
  static ServerCommand shell(std::string_view line);  // the port is $1
  ServerProcess& server() { return *server_; }
  void stop();

  // Runs the coroutine to its end on the io_context; throws what it throws.
  void run(std::function<asio::awaitable<void>()> body);
  // What the Failure says that the coroutine must throw: "expected | actual".
  std::string failure_of(std::function<asio::awaitable<void>()> body);
  asio::awaitable<Peer> connect(PeerOptions options = {});
  // Runs the coroutines at the same time, to the end of all; then throws what the first of them to
  // fail threw.
  asio::awaitable<void> all(std::vector<asio::awaitable<void>> operations);
  // Runs the io_context until the condition holds; fails the test when patience ends first.
  void wait_for(std::function<bool()> condition);
  // Until the first process has ended, and what it wrote.
  std::string output_at_end();

  asio::io_context io_;
  Patience patience_;
  Transcript transcript_;
  int clients_ = 0;

 private:
  std::unique_ptr<ServerProcess> server_;
};

}  // namespace eagain::driver
