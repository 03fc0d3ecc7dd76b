// Context: what a check is given. It starts a fresh server for the check, makes clients, freezes
// the server to arrange a race for certain, and notes what happens.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/checks/injection.h"
#include "eagain/checks/memory_logs.h"
#include "eagain/checks/partial.h"
#include "eagain/driver/failure.h"
#include "eagain/driver/harness_server.h"
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
  Injector injector;
  std::optional<MemoryWatch> memory = {};  // nothing: nobody watches the server's memory
  // Wall time, multiplied by patience.scale, after which a check is cut short with the verdict
  // timeout. Patience ends every wait for a server that stands still; this ends a check whose
  // server moves on for ever without getting anywhere.
  std::chrono::seconds limit{120};
};

class Context {
 public:
  Context(boost::asio::io_context& io, ContextOptions options);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // Starts the server and waits until it listens. The runner has done so once before a check runs.
  awaitable<void> start_server();
  // Ends it and starts it anew under a fault plan, whose text fault/plan/plan.h tells of. The rules are
  // armed once it listens. Throws Skip where the machine does not let programs be run so.
  awaitable<void> start_server_under(const std::string& plan);
  // The same with a plan that only says which calls are to be logged; nothing is done to them.
  awaitable<void> start_server_observed(const std::string& plan);
  // Ends it (SIGKILL to the whole tree) and forgets it; the next one gets the same port. Nothing
  // when none runs.
  void stop_server();
  driver::ServerProcess& server();  // or the client under test
  bool has_server() const;

  // For the checks of a client (Check::role): makes the server that it talks to, which lives until
  // the client has been ended; and starts the client, which is told `port`.
  driver::HarnessServer& listen();
  void start_client(uint16_t port);
  // What the next start_server() starts: change the descriptor limit or the environment here.
  driver::ServerCommand& command();
  // What the servers of this check wrote, those that were stopped included: raw bytes.
  std::string server_output() const;
  // How the first process of the newest server ended by itself; nothing while it runs.
  std::optional<driver::ProcessEnd> server_end() const;

  // A new client, connected. They are numbered 1, 2, ... in the order of these calls.
  awaitable<Peer> connect(PeerOptions options = {});
  // `count` clients, one after the other.
  awaitable<std::vector<Peer>> connect_many(int count, PeerOptions options = {});

  // Runs the coroutines at the same time; the first failure cancels the others and is thrown once
  // they all have ended.
  awaitable<void> all(std::vector<awaitable<void>> tasks);

  // Lets the server finish what it does and go back to its wait, stops its whole process tree, runs
  // `arrange` (which may do only what needs no answer from the server), and lets the server go on.
  // The kernel answers for a stopped server: connect() completes while its backlog has room.
  awaitable<void> frozen(std::function<awaitable<void>()> arrange);

  // Lets the server handle what has come so far, until it sleeps and nothing moves, or spins.
  awaitable<void> handled();
  // Waits until the condition holds; throws Failure{expected, actual()} when patience ends first.
  awaitable<void> until(std::string expected, std::function<bool()> condition,
                        std::function<std::string()> actual);

  // What the injector has logged so far of the server that runs now; nothing when it runs without.
  const fault::InjectionLog* injection();
  // Notes, for the steps and for the report, a fault that was brought about from outside.
  void fault_happened(std::string what);
  // All faults of this check, in words: what was noted, and what the injector did.
  std::vector<std::string> faults();
  // Of the plan on top (--fault), over all servers of this check.
  std::vector<RuleFired> rules_fired();
  // Why servers cannot be run under fault plans here; nothing when they can.
  const std::optional<std::string>& injection_obstacle() const;

  // Where a tool writes what it sees of the servers' memory; nullptr when none watches it.
  const MemoryLogs* memory_logs() const;

  // The first process still runs and a new client is served. `after` completes "a new client is
  // served after ...". The failure tells a server that died from one that does not answer.
  awaitable<void> expect_alive(std::string_view after);

  // So much of what the check wants is shown: told if it fails afterwards. Only for what a student
  // may honestly get part of the points for.
  void tell_progress(int done, int of, std::string_view what);
  // Nothing when nothing was told.
  std::optional<Partial> progress() const;

  driver::TreeSample sample(driver::Detail detail = driver::Detail::kAll) const;
  driver::Patience& patience();
  driver::Transcript& transcript();
  const std::string& strategy() const;
  uint64_t seed() const;
  boost::asio::io_context& io();

  // The clients that a failure left connected (PeerEnvironment). For whoever judges the failure, once
  // the server has been looked at; clearing it resets them.
  std::vector<Peer>& left_open();

 private:
  awaitable<void> launch();
  awaitable<void> start_injected(const std::string& plan, Injection::Mode mode);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace eagain::checks
