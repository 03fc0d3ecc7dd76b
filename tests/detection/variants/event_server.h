// A small echo server of one thread, in two forms that differ in what they make of readiness: told as long
// as it lasts (level), or once (edge). Correct, but for the one defect that it is given.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "defect.h"
#include "eagain/fault/sim/simulation.h"
#include "eagain/sys/sys.h"
#include "eagain/sys/unique_fd.h"
#include "echo_client.h"
#include "waits.h"

namespace eagain::detection {

class EventServer {
 public:
  EventServer(Sys& sys, sim::Process& process, WaitCall call, Defect defect);
  virtual ~EventServer() = default;

  // Until SIGTERM, and what is owed is sent. The exit status.
  int run();

 protected:
  struct Client {
    Client(Shared& shared, int fd) : echo(shared, fd) {}
    EchoClient echo;
    // Edges that were told and are not yet used up. Who is new is writable.
    bool readable = false;
    bool writable = true;
    bool listed = false;
  };

  bool is(Defect defect) const { return shared_.is(defect); }
  // nullptr: it has left.
  Client* find(int fd) const;
  // After something was done for it: it leaves, or what it waits for is brought up to date.
  void settle(Client& client);

 private:
  // A client is ready.
  virtual void on_ready(const Ready& ready) = 0;
  // The batch is through.
  virtual void end_turn() {}
  // Something is to be done without waiting.
  virtual bool busy() const { return false; }

  bool listen();
  int timeout_ms();
  void turn(int timeout_ms);
  void accept_newcomers();
  void admit(int fd);
  void leave(Client& client);
  void pause();
  void resume_if_due();
  void drain();
  int64_t now_ms();

  sim::Process& process_;
  Shared shared_;
  std::unique_ptr<Waits> waits_;
  UniqueFd stop_;  // an eventfd: it ends the wait, whenever the signal came
  UniqueFd listener_;
  std::map<int, std::unique_ptr<Client>> clients_;
  bool newcomers_ = false;     // may be waiting
  bool paused_ = false;        // nobody is accepted, for want of descriptors or memory ...
  int64_t resumes_at_ms_ = 0;  // ... until then, or until somebody leaves
  bool stopping_ = false;
};

// As long as a client is ready it is told again: one call for each direction is enough.
class LevelServer final : public EventServer {
 public:
  using EventServer::EventServer;

 private:
  void on_ready(const Ready& ready) override;
};

// Who is ready is told once: each is served until the kernel has no more, a share at a time.
class EdgeServer final : public EventServer {
 public:
  EdgeServer(Sys& sys, sim::Process& process, Defect defect)
      : EventServer(sys, process, WaitCall::kEpollEdge, defect) {}

 private:
  void on_ready(const Ready& ready) override;
  void end_turn() override;
  bool busy() const override { return !list_.empty(); }
  void serve(Client& client);
  void put_on_list(Client& client);

  std::vector<int> list_;  // whose edges are not used up
};

}  // namespace eagain::detection
