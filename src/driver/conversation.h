// Conversation: what a client says to the server and what it hears, as coroutines; Peer hands them
// out. It lives as long as one of them runs: a Peer may be moved or destroyed meanwhile.
#pragma once

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "eagain/driver/connection.h"
#include "eagain/driver/patience.h"
#include "eagain/driver/pattern.h"
#include "eagain/driver/peer.h"

namespace eagain::driver {

struct Conversation : std::enable_shared_from_this<Conversation> {
  Conversation(PeerEnvironment environment, int lane)
      : env(environment),
        connection(environment.io),
        number(lane),
        pattern(static_cast<uint16_t>(lane)) {}
  ~Conversation() { connection.reset(); }
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  asio::awaitable<void> send(std::string bytes);
  asio::awaitable<void> expect(std::string bytes);
  asio::awaitable<void> send_pattern(uint64_t count);
  asio::awaitable<void> expect_pattern(uint64_t count);
  asio::awaitable<void> exchange_pattern(uint64_t count);
  asio::awaitable<uint64_t> fill(uint64_t most);
  asio::awaitable<std::string> receive_some(size_t most);
  asio::awaitable<void> expect_nothing();
  asio::awaitable<void> expect_eof();
  asio::awaitable<void> expect_closed();

  size_t send_now(std::string_view bytes);
  size_t send_pattern_now(uint64_t most);
  Peer::Arrived receive_now();

  // Sends all of `bytes`, which are `done` bytes into a message of `total`.
  asio::awaitable<void> send_part(std::string_view bytes, uint64_t done, uint64_t total,
                                  Patience::Wait& wait);
  // Receives something: at least one byte, or 0 at the end of the stream, or an errno. `expected`
  // and `done` are for the failure when nothing comes.
  asio::awaitable<Transfer> receive_part(std::span<char> into, std::string expected,
                                         std::string done, Patience::Wait& wait);
  asio::awaitable<void> take_turns();
  Patience::Wait make_wait();
  std::string name() const { return fmt::format("client {}", number); }
  void received(std::string_view bytes);
  // Notes that `wait` was given up; its evidence.
  std::string stalled(const Patience::Wait& wait);
  // Each throws the Failure.
  asio::awaitable<void> fail_to_send(int error, uint64_t done, uint64_t total);
  asio::awaitable<void> fail_at_end(std::string expected, Transfer transfer, std::string after);

  PeerEnvironment env;
  Connection connection;
  int number;
  Pattern pattern;
  uint64_t sent = 0;
  uint64_t received_bytes = 0;
  int without_waiting = 0;
  bool in_vain = false;
};

}  // namespace eagain::driver
