// Reactor: the echo server around a Poller, in one thread that waits in one place.
//
// A turn: wait; give every client that is ready its share; then accept newcomers. Newcomers come
// last so that no descriptor is closed and given out again while readiness of this turn is still
// looked at. Level-triggered, a share is one receive (the kernel tells again). Edge-triggered, a
// share is what there is up to a budget; who has more than that is on the ready list, which is
// served again before the next wait, and only while it is not empty does a wait not wait.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eagain/net/accept_pause.h"
#include "eagain/net/listener.h"
#include "eagain/net/session.h"
#include "eagain/servers/loop_exchange.h"
#include "eagain/servers/poller.h"
#include "eagain/servers/server.h"

namespace eagain {

class Reactor final : public Server {
 public:
  // Among several reactors: how it listens, and by whom newcomers are passed on; see reactors.h.
  struct Place {
    PortSharing sharing = PortSharing::kNone;
    LoopExchange* exchange = nullptr;  // outlives the reactor
    size_t loop = 0;                   // the number of this one
  };

  // Listens when it returns; throws SysError when that cannot be. `sys` outlives the reactor.
  Reactor(Sys& sys, const ServerOptions& options, std::unique_ptr<Poller> poller)
      : Reactor(sys, options, std::move(poller), Place()) {}
  Reactor(Sys& sys, const ServerOptions& options, std::unique_ptr<Poller> poller,
          const Place& place);

  void run(Stop& stop) override;
  const std::string& address() const override { return listener_.address(); }
  uint16_t port() const override { return listener_.port(); }

 private:
  struct Client {
    Client(SessionContext& context, UniqueFd fd) : session(context, std::move(fd)) {}

    Session session;
    Interest interest = Interest::kRead;  // as the poller knows it
    // What is known to be ready and not used up.
    bool readable = false;
    bool writable = false;
    bool more_behind = false;
    bool marked = false;  // on the ready list
  };

  void watch_always(int fd, const std::string& what);
  void turn(int timeout_ms);
  std::span<const Readiness> wait(int timeout_ms);
  int timeout_ms() const;

  void note(const Readiness& readiness);
  void mark_ready(Client& client);
  void serve_ready();
  void serve(Client& client);
  void send_waiting(Client& client);
  void receive_share(Client& client);
  void settle(Client& client);
  void leave(Client& client, std::string_view why);

  void watch_listener();
  void pause_accepting(int error);
  void accept_newcomers();
  void take_in(UniqueFd fd);
  void collect_newcomers();
  bool admit(UniqueFd fd);

  void drain(Stop& stop);

  Sys& sys_;
  const ServerOptions options_;
  const Place place_;
  Listener listener_;
  std::unique_ptr<Poller> poller_;
  SessionContext context_;
  AcceptPause pause_;
  bool listener_watched_ = false;
  std::vector<std::unique_ptr<Client>> clients_;  // by descriptor
  size_t client_count_ = 0;
  std::vector<int> ready_;    // descriptors of clients to be served
  std::vector<int> serving_;  // those of them that are served right now
};

}  // namespace eagain
