// ServerProcess: the program under test, started from any command line, and what the suite needs to
// know of it. It is a server, or else a client, to whom the suite is the server.
//
// Every "{port}" in an argument becomes the port, and PORT is set in its environment. With a
// built-in port the number is only waited for. Its standard output and error are always drained, so
// that a server which logs every byte is not blocked by us; the first and the last parts are kept.
//
// A client is told kClientsHost as well, by "{host}" and by HOST; it has a standard input that can be
// typed into, and shows what it shows on a terminal (program_streams.h).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eagain::driver {

namespace asio = boost::asio;

class Patience;

// Where a client finds its server.
inline constexpr std::string_view kClientsHost = "127.0.0.1";

struct ServerCommand {
  std::vector<std::string> argv;               // never empty; "{port}" in any of them is replaced
  std::optional<uint16_t> fixed_port;          // the server listens here whatever we say
  std::vector<std::string> extra_environment;  // "NAME=value"
  std::optional<uint64_t> descriptor_limit;    // RLIMIT_NOFILE to start it with, soft and hard
  // Where that says nothing: the soft limit alone; both are this process's where this says nothing.
  std::optional<uint64_t> soft_descriptor_limit = {};
  bool is_client = false;
};

// How a process ended.
struct ProcessEnd {
  bool signaled = false;
  int status = 0;                // exit status, or the signal's number
  std::string describe() const;  // "exit status 1", "killed by SIGPIPE (signal 13)"
};

class ServerProcess {
 public:
  // Starts the command in a process group of its own. `port` is ignored with a fixed port. Throws
  // Failure when the command cannot be executed (not found, not executable), HarnessError when no
  // process can be made.
  ServerProcess(asio::io_context& io, const ServerCommand& command, uint16_t port);
  ~ServerProcess();  // kills the whole tree and reaps it
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  pid_t pid() const;
  uint16_t port() const;
  std::string_view noun() const;  // "server", or "client"

  // Completes when the tree holds a listening socket on port(); address() is known from then on.
  // Throws Failure if the process ends first, if it settles without listening, or if it listens on
  // another port: the message says exactly which, with its output.
  asio::awaitable<void> wait_until_listening(Patience& patience);
  // Where a client on this machine reaches it: "127.0.0.1", or "::1" when it listens on IPv6 only.
  const std::string& address() const;

  // Set once the first process has ended and was reaped. Changes only while the io_context runs.
  const std::optional<ProcessEnd>& ended() const;

  void signal(int signo);  // to the first process only, as kill(1) does
  void kill_tree();        // SIGKILL to all of it, until nothing is left
  // SIGSTOP to the whole tree, returning once every thread of it is stopped; SIGCONT to the whole
  // tree.
  void freeze();
  void thaw();
  bool frozen() const;

  // What it wrote so far, stdout and stderr as they came; over 64 KiB the middle is cut out. Raw
  // bytes: escape them before showing them to anybody.
  std::string output() const;

  // The rest is for clients.

  // Hands its standard input what the pipe takes now; how many bytes that was. Nothing when nobody
  // reads there any more.
  std::optional<size_t> type_now(std::string_view bytes);
  void end_input();
  // All that it wrote so far, up to kMostShown bytes.
  const std::string& shown() const;
  // Reads what it has written by now, for shown() to have it: a worker of the kernel hands over what
  // is written to a terminal, and on a busy machine that comes late to who waits for it, but read(2)
  // has it done first.
  void read_on();
  static constexpr size_t kMostShown = size_t{4} << 20;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A port that is free in this network namespace now.
uint16_t FindFreePort();

}  // namespace eagain::driver
