// Flood: clients that send as fast as they can and read all that comes back.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "eagain/checks/context.h"
#include "eagain/driver/peer.h"

namespace eagain::checks {

// What comes back is counted, not looked at: looking takes longer than echoing.
//
// No program can be sure to send faster than a server reads. So there are two ways to flood. run()
// is plain: the server runs, and the clients do what they can. slice() is exact: the server is
// stopped, the clients fill their sockets and empty them, and the server goes on until it has
// echoed a part of that; then it is stopped again. To the server that is a client which always has
// more for it, and always room for its echo. It is the kernel that stops it: the arrival of the echo
// sends SIGSTOP to the server (F_SETOWN_EX and F_SETSIG of fcntl(2)), before the server's own send
// returns, however late this process comes to run. It is sent to the thread that echoes: sent to the
// process it would wait until the first thread, which may have nothing to do with the flood, comes
// to run on a busy machine.
class Flood {
 public:
  // Borrows the connections of `peers`, which do nothing else until this object is gone. Their
  // bytes are in no transcript.
  Flood(Context& ctx, std::span<const Peer> peers);
  ~Flood();  // the server runs; the connections are left with bytes under way
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

  // Floods until `bytes` more have been echoed in all; throws Failure when they never are.
  awaitable<void> run(uint64_t bytes);

  // Stops the server wherever it is. What is sent to it now it finds in the next slice().
  void stop_server();
  void let_server_run();

  struct Slice {
    uint64_t echoed = 0;  // to the flooding clients
    bool answered = false;
    // Whatever the server did, there was more to read of every flooding client, and room for its
    // echo, all the time. False if that is not certain.
    bool never_paused = true;
  };
  // One slice, of 128 KiB of echo and of some 50 ms at the most; it ends as soon as
  // `watched`, if any, has `bytes` to receive, or its end. The server is stopped before and after.
  Slice slice(const Peer* watched = nullptr, size_t bytes = 0);

  // Bytes echoed so far.
  uint64_t echoed() const;
  std::vector<uint64_t> echoed_each() const;

 private:
  // One turn of one client in run(): small enough that all of them are offered the same, so that an
  // unequal share is the server's doing.
  static constexpr size_t kTurn = 256 * 1024;

  struct Client {
    int fd = -1;  // not owned
    uint64_t echoed = 0;
    pid_t echoing = 0;  // the server's thread that serves it; 0 when that is not known
  };

  // They throw Failure when the server cut the client off.
  size_t send_some(Client& client, size_t most = kTurn);
  size_t receive_some(Client& client);
  void find_echoing(Client& client);
  void fill_and_empty();
  void set_owner(const Client& client) const;
  // Whether the kernel is to stop the server when the echo of a slice has come.
  void arm(bool armed);
  bool all_have_more() const;

  Context& ctx_;
  std::vector<Client> clients_;
  bool found_echoing_ = false;
};

}  // namespace eagain::checks
