// Context: what a check is given. It starts a fresh server for the check, makes clients, freezes
// the server to arrange a race for certain, and notes what happens.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/driver/failure.h"
#include "eagain/driver/patience.h"
#include "eagain/driver/peer.h"
#include "eagain/driver/proc_stats.h"
#include "eagain/driver/server_process.h"
#include "eagain/driver/transcript.h"

namespace eagain::checks {

using boost::asio::awaitable;
using driver::Failure;
using driver::Peer;
using driver::PeerOptions;
using driver::Skip;

struct ContextOptions {
  driver::ServerCommand command;
  std::string strategy;  // what the server says it is (--strategy); empty when it says nothing
  uint64_t seed = 1;
  driver::PatienceLimits patience;
};

class Context {
 public:
  Context(boost::asio::io_context& io, ContextOptions options);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Starts the server and waits until it listens. The runner has done so once before a check runs.
  awaitable<void> start_server();
  // Ends it (SIGKILL to the whole tree) and forgets it.
  void stop_server();
  driver::ServerProcess& server();
  // What the next start_server() starts: change the descriptor limit or the environment here.
  driver::ServerCommand& command();

  // A new client, connected. They are numbered 1, 2, ... in the order of these calls.
  awaitable<Peer> connect(PeerOptions options = {});
  // `count` clients, one after the other.
  awaitable<std::vector<Peer>> connect_many(int count, PeerOptions options = {});

  // Runs the coroutines at the same time; the first failure cancels the others and is thrown.
  awaitable<void> all(std::vector<awaitable<void>> tasks);

  // Lets the server finish what it does and go back to its wait, stops its whole process tree, runs
  // `arrange` (which may do only what needs no answer from the server), and lets the server go on.
  awaitable<void> frozen(std::function<awaitable<void>()> arrange);

  // Waits until the server sleeps and nothing moves; throws Failure when it never does (it spins).
  awaitable<void> settled();
  // Waits until the condition holds; throws Failure{expected, actual()} when patience ends first.
  awaitable<void> until(std::string expected, std::function<bool()> condition,
                        std::function<std::string()> actual);

  // The first process still runs and a new client is served. `after` completes "a new client is
  // served after
  // ...". The failure tells a server that died (with its exit and last output) from one that does
  // not answer.
  awaitable<void> expect_alive(std::string_view after);

  driver::TreeSample sample(driver::Detail detail = driver::Detail::kAll) const;
  driver::Patience& patience();
  driver::Transcript& transcript();
  const std::string& strategy() const;
  uint64_t seed() const;
  boost::asio::io_context& io();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace eagain::checks
