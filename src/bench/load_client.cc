#include "eagain/bench/load_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <cstring>

#include "eagain/driver/failure.h"

namespace eagain::bench {
namespace {

constexpr int kWaitMs = 50;

[[noreturn]] void ThrowHarness(const std::string& what, int error) {
  throw driver::HarnessError("no client for the load: " + what + ": " + std::strerror(error));
}

[[noreturn]] void ThrowEnded(const std::string& how) {
  throw driver::Failure("clients are served for as long as they stay", how);
}

// Waits for a connect that is under way; its errno.
int AwaitConnected(int fd, const std::function<bool()>& keep_trying) {
  pollfd watched{.fd = fd, .events = POLLOUT, .revents = 0};
  while (::poll(&watched, 1, kWaitMs) <= 0) {
    if (!keep_trying()) {
      return ETIMEDOUT;
    }
  }
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

void SetOptions(int fd) {
  const int on = 1;
  const linger reset{.l_onoff = 1, .l_linger = 0};
  const timeval wait{.tv_sec = 0, .tv_usec = kWaitMs * 1000};
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
}

bool NothingNow(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

LoadClient::LoadClient(const std::string& address, uint16_t port,
                       const std::function<bool()>& keep_trying) {
  const boost::asio::ip::tcp::endpoint server(boost::asio::ip::make_address(address), port);
  fd_ = ::socket(server.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) {
    ThrowHarness("socket", errno);
  }
  SetOptions(fd_);
  int error = ::connect(fd_, server.data(), static_cast<socklen_t>(server.size())) == 0 ? 0 : errno;
  if (error == EINPROGRESS || error == EINTR) {
    error = AwaitConnected(fd_, keep_trying);
  }
  if (error == 0) {
    return;
  }
  ::close(std::exchange(fd_, -1));
  if (error == ECONNREFUSED || error == ETIMEDOUT || error == ECONNRESET) {
    throw driver::Failure("a client can connect", std::string("connect: ") + std::strerror(error));
  }
  ThrowHarness("connect", error);
}

LoadClient::~LoadClient() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

size_t LoadClient::send(std::span<const char> bytes) {
  const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) {
    return static_cast<size_t>(sent);
  }
  if (!NothingNow(errno)) {
    ThrowEnded(std::string("send: ") + std::strerror(errno));
  }
  return 0;
}

size_t LoadClient::receive(std::span<char> into, Wait wait) {
  const int flags = wait == Wait::kNo ? MSG_DONTWAIT : 0;
  const ssize_t received = ::recv(fd_, into.data(), into.size(), flags);
  if (received > 0) {
    return static_cast<size_t>(received);
  }
  if (received == 0) {
    ThrowEnded("the server closed a connection");
  }
  if (!NothingNow(errno)) {
    ThrowEnded(std::string("recv: ") + std::strerror(errno));
  }
  return 0;
}

bool LoadClient::ended() const {
  char byte = 0;
  const ssize_t peeked = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return peeked == 0 || (peeked < 0 && !NothingNow(errno));
}

}  // namespace eagain::bench
