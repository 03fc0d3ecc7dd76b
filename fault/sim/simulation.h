// Simulation: a server, run in a simulated kernel against simulated clients, and judged.
//
//   Simulation simulation([](Sys& sys, Process& process) {
//     MyServer server(sys, process.host(), process.port());
//     process.on_sigterm([&] { server.stop(); });
//     return server.run();
//   });
//   RunResult result = simulation.run(scenario);
//
// What every correct server shows, whatever happens to it (the rules of a Violation):
//   bytes      every client gets exactly what it sent, in order, and nothing else
//   liveness   every client gets it in the end
//   leak       the descriptor of a client that has left is closed; at the exit all are
//   fairness   a client that waits to be served is served before thousands of other calls are made
//   spin       no wait that returns at once, again and again, without anything being done
//   queue      what is received and not yet sent back is bounded
//   descriptor once it listens, no call is made on a descriptor that is closed already: by then the
//              number may be somebody else's
//   stop       SIGTERM ends the server, soon, with exit status 0
//   survival   nothing else ends it: no signal, no exception, no exit of its own
//
// A client whose connection was broken by a fault, or whose server was given leave to give it up,
// need not get everything; what it gets has to be right all the same.
//
// Not thread-safe. Servers must go through their Sys for whatever waits or takes time, and hold no
// lock while they call it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "eagain/fault/sim/faults.h"
#include "eagain/fault/sim/scenario.h"
#include "eagain/fault/sim/sim_kernel.h"

namespace eagain::sim {

// The process that a simulated server is.
class Process {
 public:
  // Where to listen. Another port, or 0, is as good.
  const std::string& host() const { return host_; }
  uint16_t port() const { return 7000; }

  // How big its buffers should be, if it can be told. It is as good with others.
  const Tuning& tuning() const { return tuning_; }

  // What SIGTERM's handler does. It is called in the midst of other calls, like a handler; it may
  // make calls that do not wait. Valid until the server returns.
  void on_sigterm(std::function<void()> handler) { handler_ = std::move(handler); }

 private:
  friend class Simulation;
  std::string host_ = "127.0.0.1";
  Tuning tuning_;
  std::function<void()> handler_;
};

// A whole life of a server: from before the socket until it was asked to stop and has stopped. What
// it answers is the exit status. Called once a run.
using ServerMain = std::function<int(Sys&, Process&)>;

// What may be expected of a server besides.
struct Expectations {
  bool serial = false;              // it serves one client after the other, by design
  bool stop_flushes = false;        // when asked to stop, it sends back what it has received
  size_t queue_limit = 256 * 1024;  // bytes
  uint32_t idle_turns = 64;         // waits in a row that return at once for nothing
  uint32_t unserved_looks = 16;     // of ProgramObserver::kLookEvery calls each
  Time patience = 120 * kSecond;    // of virtual time, for all clients to be served
  Time stop_patience = 10 * kSecond;
  uint64_t most_calls = 1'000'000;
};

struct Violation {
  std::string rule;  // "bytes", "leak", ...: see above
  std::string what;
  bool operator==(const Violation&) const = default;
};

struct RunResult {
  std::optional<Violation> violation;  // the first one
  uint64_t calls = 0;
  Time ended_at = 0;
  uint64_t bytes = 0;  // that came back to clients
  bool ok() const { return !violation; }
};

class Simulation final : private ClientOwner, private ProgramObserver, private EventTarget {
 public:
  explicit Simulation(ServerMain server, const Expectations& expectations = {});

  // Runs once. `faults`: what goes wrong, nullptr: nothing. `trace`: gets a line for each call.
  RunResult run(const Scenario& scenario, Faults* faults = nullptr, std::string* trace = nullptr);

 private:
  enum Happening : uint32_t { kPatienceEnds, kStop, kSettling, kStopPatienceEnds };

  void begin(const Scenario& scenario, Faults* faults, std::string* trace);
  void live();
  void after_exit(int status);
  void stop();
  void check_settled();
  void violate(std::string rule, std::string what);
  std::string who_waits() const;
  const Socket* leaked() const;
  void look_at(Socket& socket);

  void on_client_settled(Client& client) override;
  void on_complaint(Client& client) override;
  uint16_t port() override;
  bool stopping() const override { return stopping_; }
  bool others_done() const override { return unsettled_ == 0; }
  void on_turn(uint64_t progress, bool rested) override;
  void on_look() override;
  void on_bad_descriptor(const char* call, int fd) override;
  void on_event(uint32_t what) override;

  ServerMain server_;
  Expectations expectations_;
  SimKernel kernel_;
  Process process_;
  const Scenario* scenario_ = nullptr;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<uint64_t> owed_at_stop_;  // by client
  size_t client_count_ = 0;
  size_t unsettled_ = 0;  // of those that do not flood
  size_t unsettled_floods_ = 0;
  uint32_t settle_attempt_ = 0;
  uint32_t idle_turns_ = 0;
  bool limited_ = false;
  bool stopping_ = false;
  bool exited_ = false;
  std::optional<Violation> violation_;
  bool found_while_unwinding_ = false;
};

}  // namespace eagain::sim
