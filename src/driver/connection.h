// Connection: a client's socket and its non-blocking calls; what is below a Peer's operations. Each
// call answers with an errno as a value, and none waits.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "eagain/driver/patience.h"
#include "eagain/driver/peer.h"

namespace eagain::driver {

// The outcome of one send or recv: a count (of a recv, 0 is the end of the stream) or an errno.
struct Transfer {
  size_t count = 0;
  int error = 0;
  bool would_block() const;
};

class Connection {
 public:
  explicit Connection(asio::io_context& io) : socket_(io) {}

  Transfer send(std::string_view bytes);
  Transfer receive(std::span<char> into);
  Transfer peek(std::span<char> into);

  // Completes with true when the socket is ready (or broken), with false when `wait` stalled. Throws
  // boost::system::system_error when the operation is cancelled or the socket closed.
  enum class Ready { kRead, kWrite };
  asio::awaitable<bool> ready(Ready what, Patience::Wait& wait);
  // Connects; an errno, or 0, or -1 when `wait` stalled. Throws HarnessError when no socket can be
  // had. A connection that was made and reset before anybody looked is a connection: the first
  // send or receive says ECONNRESET.
  asio::awaitable<int> connect(std::string address, uint16_t port, PeerOptions options,
                               Patience::Wait& wait);
  // For a Wait's on_stall: what waits in ready() wakes up.
  void interrupt();

  void half_close();
  void close();
  void reset();
  bool is_open() const { return socket_.is_open(); }
  int native_handle() { return socket_.native_handle(); }
  uint16_t local_port() const { return local_port_; }
  // Whether the kernels still have something to do for this connection that needs no server: a
  // segment on its way or to be sent again. Then the server cannot be blamed for the silence.
  bool in_transit();

 private:
  void open(bool ipv6, const PeerOptions& options);
  bool is_unheard();  // our SYN was not answered
  // Makes the call, unless what connect(2) said of the connection's end is still to be told.
  template <typename Call>
  Transfer transfer(Call call);

  asio::ip::tcp::socket socket_;
  uint16_t local_port_ = 0;
  uint16_t remote_port_ = 0;
  int end_at_connect_ = 0;  // an errno; the kernel says it only once
};

// For the errnos that a harness brings on itself (no descriptors, no ports, no memory).
bool IsHarnessTrouble(int error);

}  // namespace eagain::driver
