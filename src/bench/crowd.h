// Clients of one server, connected one after the other.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "eagain/bench/load_client.h"

namespace eagain::bench {

struct Address {
  std::string host;  // "127.0.0.1" or "::1"
  uint16_t port = 0;
};

// For how long nothing at all has to come of a server before it is given up.
inline constexpr std::chrono::seconds kPatience{10};

// Thrown soon after a stop was asked for.
struct Interrupted {};

class Crowd {
 public:
  // Its functions throw driver::Failure when the server lets a client wait for longer than `patience`,
  // HarnessError for trouble of this machine's, Interrupted soon after `stop` is set. `stop` outlives
  // the crowd.
  Crowd(Address server, const std::atomic<bool>& stop, std::chrono::milliseconds patience);

  void add(int clients);
  // Has all of them, or the last one, echoed something that is no other's. Throws driver::Failure when
  // something else comes back.
  void greet();
  void greet_last();
  // How many the server has closed or reset.
  int turned_away() const;

  std::vector<LoadClient>& clients() { return clients_; }
  // For who waits for something of the server's since then: whether there is patience left.
  bool may_go_on(std::chrono::steady_clock::time_point since) const;

 private:
  void greet(size_t number);

  const Address server_;
  const std::atomic<bool>& stop_;
  const std::chrono::milliseconds patience_;
  std::vector<LoadClient> clients_;
};

}  // namespace eagain::bench
