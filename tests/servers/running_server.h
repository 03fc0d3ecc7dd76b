// A server of some strategy on loopback, in a thread of the test; and a client for it.
//
// Every call of the client has a time limit, so that a server that does not answer is a failed test
// and not a hanging one.
#pragma once

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "eagain/net/address.h"
#include "eagain/servers/registry.h"
#include "eagain/sys/kernel_sys.h"

namespace eagain {

class RunningServer {
 public:
  enum class Start { kNow, kLater };

  explicit RunningServer(std::string_view strategy, const ServerOptions& options = {},
                         Start when = Start::kNow)
      : stop_(sys_), server_(FindStrategy(strategy)->make(sys_, options)) {
    if (when == Start::kNow) {
      start();
    }
  }
  ~RunningServer() { stop(); }

  // It listens before already.
  void start() {
    thread_ = std::thread([this] { server_->run(stop_); });
  }

  // Asks it to stop and waits until it has.
  void stop() {
    if (thread_.joinable()) {
      stop_.request();
      thread_.join();
    }
  }

  Stop& stop_request() { return stop_; }
  const Server& server() const { return *server_; }
  uint16_t port() const { return server_->port(); }

 private:
  KernelSys sys_;
  Stop stop_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

class Client {
 public:
  // With a small receive buffer and small segments, the server's socket fills up after some 200 KB.
  enum class Window { kOrdinary, kTiny };

  explicit Client(uint16_t port, Window window = Window::kOrdinary)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (window == Window::kTiny) {
      const int receive_buffer = 4096;
      const int segment = 536;
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
      ::setsockopt(fd_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    const timeval limit{.tv_sec = 30, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    const Address address = ParseAddress("127.0.0.1", port).value();
    connected_ = ::connect(fd_, address.get(), address.length) == 0 ||
                 (errno == EINTR && connected_after_all());
    EXPECT_TRUE(connected_) << strerror(errno);
  }
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Client() { close(); }

  int fd() const { return fd_; }

  void close() {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }

  // Until all that was sent is in the server's socket (SIOCOUTQ: what is not acknowledged, tcp(7)).
  void wait_until_delivered() const {
    const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    int left = 1;
    while (left != 0 && std::chrono::steady_clock::now() < bound) {
      ASSERT_EQ(::ioctl(fd_, SIOCOUTQ, &left), 0) << strerror(errno);
    }
    EXPECT_EQ(left, 0) << "bytes are not acknowledged";
  }

  // Leaves with a reset.
  void reset() {
    const linger abort{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    close();
  }

  void end_sending() { ::shutdown(fd_, SHUT_WR); }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ASSERT_GT(sent, 0) << strerror(errno);
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
  }

  // Sends until neither this socket nor the server takes more; the count of bytes sent. `bytes`
  // comes round and round.
  size_t send_until_stalled(std::string_view bytes) {
    size_t sent = 0;
    pollfd writable{.fd = fd_, .events = POLLOUT, .revents = 0};
    // Full for so long means that nobody reads. (A mistake here only weakens the test.)
    while (::poll(&writable, 1, 300) == 1) {
      const std::string_view rest = bytes.substr(sent % bytes.size());
      const ssize_t count = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count > 0) {
        sent += static_cast<size_t>(count);
      }
    }
    return sent;
  }

  // Up to `count` bytes: fewer only if the server ends, resets or says nothing for too long.
  std::string receive(size_t count) {
    std::string bytes(count, '\0');
    size_t got = 0;
    while (got < count) {
      const ssize_t n = receive_some(bytes.data() + got, count - got);
      if (n <= 0) {
        break;
      }
      got += static_cast<size_t>(n);
    }
    bytes.resize(got);
    return bytes;
  }

  std::string receive_until_end() {
    std::string bytes;
    for (std::string part = receive(65536); !part.empty(); part = receive(65536)) {
      bytes += part;
    }
    return bytes;
  }

  std::string echo(std::string_view bytes) {
    send(bytes);
    return receive(bytes.size());
  }

  // Has the server ended the connection in order?
  bool at_end() {
    char byte = 0;
    return receive_some(&byte, 1) == 0;
  }

 private:
  // A connect that was interrupted goes on by itself, connect(2). False, with errno set, if it failed.
  bool connected_after_all() const {
    const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    pollfd one{.fd = fd_, .events = POLLOUT, .revents = 0};
    while (::poll(&one, 1, 1000) <= 0 && std::chrono::steady_clock::now() < bound) {
    }
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = one.revents != 0 ? error : ETIMEDOUT;
    return errno == 0;
  }

  // A server in this process that forks has SIGCHLD interrupt whom it meets.
  ssize_t receive_some(char* into, size_t count) {
    ssize_t n = 0;
    do {
      n = ::recv(fd_, into, count, 0);
    } while (n < 0 && errno == EINTR);
    return n;
  }

  int fd_;
  bool connected_ = false;
};

}  // namespace eagain
