// Peer: one scripted client. Every operation is a coroutine that either does what it says, or
// throws a Failure that says what the server did instead; every one is bounded by Patience; every
// one is in the transcript.
//
// A peer that goes out of scope resets its connection (SO_LINGER 0), so that no TIME_WAIT is left
// on any port.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/driver/patience.h"
#include "eagain/driver/pattern.h"
#include "eagain/driver/transcript.h"

namespace eagain::driver {

struct PeerOptions {
  std::optional<int> receive_buffer = {};  // SO_RCVBUF, set before connect
  std::optional<int> send_buffer = {};     // SO_SNDBUF
  std::optional<int> max_segment = {};     // TCP_MAXSEG
  bool no_delay = true;                    // TCP_NODELAY

  // A client that holds little: on loopback it keeps the server's send buffer small too, so that
  // short sends and full sockets come after some 160 KB instead of megabytes. With max_segment it
  // connects to 127.0.0.0/8 from an address of its own there, of which the kernel remembers nothing.
  static PeerOptions tiny() {
    return {.receive_buffer = 4096, .send_buffer = {}, .max_segment = 536, .no_delay = true};
  }
};

class Peer;
struct Conversation;

// What the peers of one check share. All of it outlives them.
struct PeerEnvironment {
  asio::io_context& io;
  Patience& patience;
  Transcript& transcript;
  // Where a peer leaves its connection, open, when a failure unwinds it: a reset at that moment could end the
  // server, and what the reset did would be taken for what the server had done before. Emptying it resets them.
  std::vector<Peer>* left_open = nullptr;
};

class Peer {
 public:
  // Connects. `number` is the client's lane in the transcript, and the stream of its Pattern.
  static asio::awaitable<Peer> connect(PeerEnvironment env, std::string address, uint16_t port,
                                       int number, PeerOptions options = {});
  Peer(Peer&&) noexcept;
  Peer& operator=(Peer&&) noexcept;
  ~Peer();

  int number() const;
  const Pattern& pattern() const;

  // Hands all bytes to the kernel. Fails when the server closed or reset, or when it stops reading
  // for good.
  asio::awaitable<void> send(std::string bytes);
  // Receives exactly as many bytes as expected, compared as they come: a difference fails at once.
  asio::awaitable<void> expect(std::string bytes);
  // send, then expect the same.
  asio::awaitable<void> round_trip(std::string bytes);

  // The same with the next `count` bytes of this client's own pattern; offsets go on from call to
  // call.
  asio::awaitable<void> send_pattern(uint64_t count);
  asio::awaitable<void> expect_pattern(uint64_t count);
  // Both at the same time.
  asio::awaitable<void> exchange_pattern(uint64_t count);
  uint64_t pattern_sent() const;
  uint64_t pattern_received() const;

  // Sends pattern until the kernel takes no more and the server has settled (its socket and ours
  // are full, or it stopped reading), or until `most` bytes are sent. Answers how many bytes went.
  // Never fails on a server that reads nothing.
  asio::awaitable<uint64_t> fill(uint64_t most);
  // Sends what the kernel takes at once, without waiting; how many bytes that was.
  size_t send_now(std::string_view bytes);
  // The same with the next `most` bytes of this client's pattern.
  size_t send_pattern_now(uint64_t most);
  // Receives at least one byte and at most `most`; "" at the end of the stream.
  asio::awaitable<std::string> receive_some(size_t most = 65536);

  // The server has nothing to say: once it has settled, not one byte and no end has come.
  asio::awaitable<void> expect_nothing();
  // The end of the stream (FIN), with no byte before it. A reset fails.
  asio::awaitable<void> expect_eof();
  // The end of the connection in whatever way, FIN or RST; bytes before it are dropped.
  asio::awaitable<void> expect_closed();

  struct Arrived {
    uint64_t bytes = 0;
    bool ended = false;  // FIN or RST
  };
  // Takes what has come so far (some MiB at most), without waiting, and drops it.
  Arrived receive_now();
  // An operation of this client was given up, since nothing came or nothing was taken.
  bool waited_in_vain() const;
  // Whether a process of this machine has accepted the connection; nothing when that cannot be
  // known (the other end is gone, or the kernel does not tell).
  std::optional<bool> accepted() const;

  void half_close();  // SHUT_WR: sends FIN; reading goes on
  void close();       // close(2)
  void reset();       // SO_LINGER 0 and close(2): sends RST
  bool is_open() const;
  int native_handle() const;  // not owned
  uint16_t local_port() const;

 private:
  explicit Peer(std::shared_ptr<Conversation> conversation);
  std::shared_ptr<Conversation> conversation_;  // shared with the operations that still run
};

}  // namespace eagain::driver
