// Listener: a socket that listens, and the one place that knows what accept's errnos mean.
#pragma once

#include <cstdint>
#include <string>

#include "eagain/net/address.h"
#include "eagain/sys/sys.h"
#include "eagain/sys/unique_fd.h"

namespace eagain {

// Whether several listeners have one port, among which the kernel shares the connections out. See
// socket(7), SO_REUSEPORT.
enum class PortSharing {
  kNone,
  kFirst,  // others will join; but it binds alone, so a port that is in use is refused all the same
  kJoin,   // the port is one of a kFirst
};

struct ListenerOptions {
  std::string host = "127.0.0.1";  // see ParseAddress
  uint16_t port = 0;               // 0: the kernel picks a free one
  int backlog = SOMAXCONN;
  PortSharing sharing = PortSharing::kNone;
  bool non_blocking = true;          // the listener
  bool non_blocking_clients = true;  // those that it accepts
};

// What one accept4 came to.
struct Accepted {
  enum class Outcome {
    kClient,     // `client` is connected
    kNone,       // nobody waits (EAGAIN)
    kAgain,      // interrupted, or this one left before it was accepted: ask for the next
    kExhausted,  // descriptors or memory have run out; whoever waits keeps waiting
    kBroken,     // the listener itself is unusable (EINVAL after a shutdown, EBADF, ...)
  };
  Outcome outcome;
  UniqueFd client;
  int error = 0;  // the errno, 0 for kClient
};

class Listener {
 public:
  // Listens when it returns. Throws SysError, naming the address, when that cannot be: EADDRINUSE,
  // EACCES, EADDRNOTAVAIL, ...; std::invalid_argument when `host` is no address.
  // SO_REUSEADDR is set before bind, so that a restart is not kept out by connections in TIME_WAIT;
  // TCP_NODELAY is set here, since on Linux the clients inherit it: an echo is not to wait for the
  // acknowledgement of the one before.
  Listener(Sys& sys, const ListenerOptions& options);

  // Accepts one client: close-on-exec, and non-blocking if the options say so.
  Accepted accept();
  // The same for an accept4 that somebody else has made, with these flags: what it came to, a
  // descriptor or an errno, negative.
  int accept_flags() const;
  Accepted completed(int result);

  // Stops listening. Connections not yet accepted are reset by the kernel.
  void close() { fd_.reset(); }

  int fd() const { return fd_.get(); }  // -1 once closed
  const std::string& address() const { return address_; }
  uint16_t port() const { return port_; }

 private:
  Sys& sys_;
  bool non_blocking_clients_;
  UniqueFd fd_;
  std::string address_;
  uint16_t port_ = 0;
};

}  // namespace eagain
