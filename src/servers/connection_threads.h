// ConnectionThreads: the clients of a server that gives each a thread of its own.
//
// A thread that ends joins the one that ended before it, so no more than one ended thread is ever
// kept, and nobody has to come by to clear away.
//
// Thread-safety: for the server's one thread; what its clients' threads do here is not public.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <mutex>
#include <utility>

#include "eagain/net/session.h"
#include "eagain/net/stop.h"
#include "eagain/servers/server.h"
#include "eagain/servers/workers.h"

namespace eagain {

class ConnectionThreads final : public Workers {
 public:
  // Of each thread's stack. Only what is used of it is memory: two pages for an idle client.
  static constexpr size_t kStackBytes = 128 * 1024;

  // Throws SysError when there is no eventfd to be had. All three outlive this object.
  ConnectionThreads(Sys& sys, const ServerOptions& options, const Stop& stop);
  ~ConnectionThreads() override;

  SysResult<void> serve(UniqueFd& client) override;
  int ends_fd() const override { return left_.get(); }
  void watch_ends() override { leaving_watched_ = true; }
  void note_ends() override;
  void finish() override;
  size_t count() override;

 private:
  struct Connection {
    Connection(Sys& sys, const SessionOptions& options, UniqueFd accepted)
        : context(sys, options), client(std::move(accepted)), fd(client.get()) {}

    SessionContext context;
    UniqueFd client;       // until its thread has taken it
    int fd;                // -1 once it is about to be closed
    uint64_t thread = 0;   // 0 while it is not known yet
    bool over = false;     // ended before it was known
    bool awaited = false;  // somebody joins it already
  };
  using Place = std::list<Connection>::iterator;

  void run(Place connection);
  void about_to_close(Connection& connection);
  void tell_that_one_left();
  // A thread has ended, or is about to: both ends of serve() come here, and the second does it.
  void ended(Place connection);
  void shut_down_all(int how);
  void join_all();

  Sys& sys_;
  const ServerOptions& options_;
  const Stop& stop_;
  UniqueFd left_;
  std::atomic<bool> leaving_watched_{false};
  // shut_down_all() knows descriptors by their numbers: nobody closes one meanwhile.
  std::atomic<bool> shutting_down_{false};

  std::mutex mutex_;  // guards all below; no system call is made under it
  std::list<Connection> connections_;
  uint64_t last_ended_ = 0;  // to be joined by the next one that ends; 0: none
};

}  // namespace eagain
