// TCP between sockets of the same simulation: connecting, bytes under way, acknowledgements, FIN and
// RST. When and in which pieces things arrive is drawn from the seeded source; with a latency of 0
// everything arrives at once, as it does on a quiet loopback.
//
// These are the calls without their waiting: each answers EAGAIN where a blocking call would wait.
// Errors and states are those of Linux; sim_kernel.h lists where they are not.
#pragma once

#include <cstdint>
#include <vector>

#include "eagain/fault/sim/pool.h"
#include "eagain/fault/sim/random.h"
#include "eagain/fault/sim/sim_options.h"
#include "eagain/fault/sim/socket.h"
#include "eagain/fault/sim/waker.h"
#include "eagain/sys/sys_result.h"

namespace eagain::sim {

class Tcp {
 public:
  Tcp(Scheduler& scheduler, Waker& waker, Random& random)
      : scheduler_(scheduler), waker_(waker), random_(random) {}

  // No sockets, anew. `options` outlives the use.
  void reset(const SimOptions& options);

  Socket& open(int family);
  // Nothing refers to the socket any more: as close(2).
  void release(Socket& socket);

  SysResult<void> bind(Socket& socket, uint16_t port);
  SysResult<void> listen(Socket& socket, int backlog);
  // EINPROGRESS, EALREADY, EISCONN, ECONNREFUSED, ... as for a non-blocking socket: the call after
  // the one that said EINPROGRESS tells the outcome.
  SysResult<void> connect(Socket& socket, uint16_t port);
  // The oldest of those who wait; EAGAIN if there is none; EINVAL if it does not listen.
  SysResult<Socket*> accept(Socket& listener);
  SysResult<void> shutdown(Socket& socket, int how);
  SysResult<size_t> send(Socket& socket, const void* bytes, size_t count);
  SysResult<size_t> recv(Socket& socket, void* bytes, size_t count, bool peek);

  // Whether accept would find somebody.
  static bool AcceptReady(const Socket& listener) {
    return listener.queue_head != nullptr && !listener.queue_hidden;
  }

  // Faults: things that may happen on a real machine, made to happen now. Each is a consistent
  // state, which ends by itself after `ends_after`, with the news that it brings.
  //
  // Only `keep` bytes have arrived yet. Allowed if may_hold_back(keep).
  void hold_back(Socket& socket, size_t keep, Time ends_after);
  bool may_hold_back(const Socket& socket, size_t keep) const;
  // The send buffer has room for `room` bytes only.
  void squeeze(Socket& socket, size_t room, Time ends_after);
  // The connection is dead: reset by the other end, or given up (ETIMEDOUT, EHOSTUNREACH). Both
  // ends are excused.
  void kill(Socket& socket, int error);
  // The server may give the connection up from now on, and not be blamed.
  static void Excuse(Socket& socket);
  // Those in the accept queue have not quite arrived yet.
  void hide_queue(Socket& listener, Time ends_after);
  // The oldest of those in the accept queue is reset.
  void abort_oldest(Socket& listener);

  // The port of the oldest listener; 0 if nothing listens.
  uint16_t listening_port() const { return listeners_.empty() ? 0 : listeners_.front()->port; }
  // All sockets there are, those in queues and those nobody refers to any more included.
  const std::vector<Socket*>& sockets() const { return live_; }

  // An event that put() for this socket has come.
  void happen(Socket& socket, uint32_t what);

 private:
  friend class Socket;
  enum Happening : uint32_t {
    kDelivery,
    kAcknowledgement,
    kReset,
    kSyn,
    kSqueezeEnds,
    kHidingEnds,
  };

  Time latency();
  void drop(Socket& socket);
  void free_if_abandoned(Socket& socket);
  // tcp_connect.cc
  void arrive_at_listener(Socket& client);
  void establish(Socket& client, Socket& listener);
  SysResult<void> tell_outcome(Socket& client);
  void refuse(Socket& client);
  void take_free_port(Socket& socket);
  // To Socket::State::kClosed: a port that the program did not ask for is free again.
  static void EndState(Socket& socket);
  void stop_listening(Socket& listener);
  void leave_syn_queue(Socket& client);
  Socket* find_listener(uint16_t port);
  uint16_t free_port();
  // tcp.cc
  void push(Socket& sender);
  void deliver(Socket& sender);
  void deliver_end(Socket& sender);
  void refuse_bytes(Socket& sender);
  void room_appeared(Socket& sender);
  void send_reset(Socket& socket);
  void die(Socket& socket, int error);

  Scheduler& scheduler_;
  Waker& waker_;
  Random& random_;
  const SimOptions* options_ = nullptr;
  Pool<Socket> sockets_;
  std::vector<Socket*> live_;
  std::vector<Socket*> listeners_;
  uint16_t next_port_ = 0;
};

}  // namespace eagain::sim
