// One client of the load: a TCP socket, whose calls wait for 50 ms at most.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>

namespace eagain::bench {

class LoadClient {
 public:
  enum class Wait : bool { kNo, kUpTo50Ms };

  // Connects, for as long as `keep_trying` says true (asked every 50 ms; the server's backlog may be
  // full). Throws driver::Failure when that ends or the server refuses, HarnessError when this machine
  // has no descriptor or port left.
  LoadClient(const std::string& address, uint16_t port, const std::function<bool()>& keep_trying);
  LoadClient(LoadClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  LoadClient& operator=(LoadClient&&) = delete;
  ~LoadClient();  // resets the connection

  // How many bytes were sent or received; 0: none now. Throws driver::Failure when the server has
  // ended the connection.
  size_t send(std::span<const char> bytes);
  size_t receive(std::span<char> into, Wait wait);
  // The server has closed or reset the connection. Takes nothing that was sent.
  bool ended() const;

 private:
  int fd_;
};

}  // namespace eagain::bench
