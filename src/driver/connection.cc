#include "eagain/driver/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <random>
#include <utility>

#include "eagain/driver/failure.h"
#include "eagain/driver/sock_diag.h"
#include "eagain/driver/socket_table.h"

namespace eagain::driver {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

Transfer ToTransfer(ssize_t count) {
  if (count < 0) {
    return {0, errno};
  }
  return {static_cast<size_t>(count), 0};
}

template <typename Call>
Transfer Retried(Call call) {
  Transfer transfer;
  do {
    transfer = ToTransfer(call());
  } while (transfer.error == EINTR);
  return transfer;
}

// A full backlog drops what asks for a connection, and the kernel asks again only after a second,
// then two, then four. A client that asks anew, by another socket, need not wait as long: nothing
// of the first was kept anywhere.
constexpr std::chrono::milliseconds kFirstAttempt{10};
constexpr std::chrono::milliseconds kLongestAttempt{200};

// The kernel remembers of each pair of addresses how large a window and how much reordering it has
// seen (tcp_metrics), and gives the next socket between them a send buffer to match: after some
// busy hours 127.0.0.1 holds five times as much as at first. An address that nobody used has no
// past.
void BindToUnusedLoopback(tcp::socket& socket) {
  static std::mt19937 random{std::random_device{}()};
  std::uniform_int_distribution<uint32_t> any(0x7f010000U, 0x7ffffffeU);
  const int later = 1;  // the port is chosen at connect, where more of them are free
  ::setsockopt(socket.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &later, sizeof(later));
  error_code ignored;  // then it is 127.0.0.1, and only the buffers are larger
  socket.bind({asio::ip::address_v4(any(random)), 0}, ignored);
}

struct Attempt {
  bool done = false;
  bool unheard = false;  // given up for the next one
};

void SetOption(int fd, int level, int name, int value) {
  if (::setsockopt(fd, level, name, &value, sizeof(value)) != 0) {
    throw HarnessError(std::string("setsockopt on a client's socket: ") + std::strerror(errno));
  }
}

}  // namespace

bool Transfer::would_block() const { return error == EAGAIN || error == EWOULDBLOCK; }

bool IsHarnessTrouble(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
         error == EADDRNOTAVAIL || error == EACCES || error == EPERM;
}

void Connection::open(bool ipv6, const PeerOptions& options) {
  error_code error;
  socket_.open(ipv6 ? tcp::v6() : tcp::v4(), error);
  if (error) {
    throw HarnessError("no socket for a client: " + error.message());
  }
  socket_.non_blocking(true, error);
  const int fd = socket_.native_handle();
  if (options.receive_buffer) {
    SetOption(fd, SOL_SOCKET, SO_RCVBUF, *options.receive_buffer);
  }
  if (options.send_buffer) {
    SetOption(fd, SOL_SOCKET, SO_SNDBUF, *options.send_buffer);
  }
  if (options.max_segment) {
    SetOption(fd, IPPROTO_TCP, TCP_MAXSEG, *options.max_segment);
  }
  SetOption(fd, IPPROTO_TCP, TCP_NODELAY, options.no_delay ? 1 : 0);
}

template <typename Call>
Transfer Connection::transfer(Call call) {
  const int end = std::exchange(end_at_connect_, 0);
  return end != 0 ? Transfer{0, end} : Retried(std::move(call));
}

Transfer Connection::send(std::string_view bytes) {
  return transfer([&] {
    return ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  });
}

Transfer Connection::receive(std::span<char> into) {
  return transfer(
      [&] { return ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT); });
}

Transfer Connection::peek(std::span<char> into) {
  if (end_at_connect_ != 0) {
    return {0, end_at_connect_};
  }
  return Retried([&] {
    return ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT | MSG_PEEK);
  });
}

asio::awaitable<bool> Connection::ready(Ready what, Patience::Wait& wait) {
  const auto type = what == Ready::kRead ? tcp::socket::wait_read : tcp::socket::wait_write;
  for (;;) {
    if (wait.stalled()) {
      co_return false;
    }
    error_code error;
    co_await socket_.async_wait(type, asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      co_return true;
    }
    if (wait.stalled()) {
      co_return false;
    }
    const auto cancelled = co_await asio::this_coro::cancellation_state;
    if (!socket_.is_open() || cancelled.cancelled() != asio::cancellation_type::none) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
    // Another operation of the same client stalled and interrupted all of them.
  }
}

asio::awaitable<int> Connection::connect(std::string address, uint16_t port, PeerOptions options,
                                         Patience::Wait& wait) {
  remote_port_ = port;
  const tcp::endpoint endpoint(asio::ip::make_address(address), port);
  asio::steady_timer timer(socket_.get_executor());
  for (auto patience = kFirstAttempt;; patience = std::min(2 * patience, kLongestAttempt)) {
    open(endpoint.address().is_v6(), options);
    if (options.max_segment && endpoint.address().is_v4() && endpoint.address().is_loopback()) {
      BindToUnusedLoopback(socket_);
    }
    const auto attempt = std::make_shared<Attempt>();
    timer.expires_after(patience);
    timer.async_wait([this, attempt](error_code error) {
      if (!error && !attempt->done && is_unheard()) {
        attempt->unheard = true;
        interrupt();
      }
    });
    error_code error;
    co_await socket_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    attempt->done = true;
    timer.cancel();
    if (wait.stalled()) {
      co_return -1;
    }
    if (attempt->unheard) {
      close();
      continue;
    }
    if (error == asio::error::operation_aborted) {
      throw boost::system::system_error(error);
    }
    if (error == asio::error::connection_reset) {
      end_at_connect_ = ECONNRESET;  // after the handshake: a SYN is refused otherwise
    } else if (error) {
      co_return error.value();
    }
    local_port_ = socket_.local_endpoint(error).port();
    co_return 0;
  }
}

void Connection::interrupt() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::half_close() {
  error_code ignored;  // a connection that is dead already cannot be shut down
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void Connection::close() {
  error_code ignored;
  socket_.close(ignored);
}

void Connection::reset() {
  if (!socket_.is_open()) {
    return;
  }
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

bool Connection::is_unheard() {
  tcp_info info{};
  socklen_t size = sizeof(info);
  return ::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
         info.tcpi_state == TCP_SYN_SENT;
}

bool Connection::in_transit() {
  if (!socket_.is_open()) {
    return false;
  }
  const int fd = socket_.native_handle();
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    return false;
  }
  const auto other = FindOtherEnd(fd);
  char byte = 0;
  if (other && other->tx_queue > 0 && peek({&byte, 1}).would_block()) {
    return true;  // the server has sent it, and there is room here
  }
  // Our own segments that nobody acknowledged were lost: the kernel itself acknowledges, at once.
  // While connections wait to be accepted that is how it says that there are too many of them, and
  // the server is to blame.
  if (info.tcpi_state != TCP_SYN_SENT && info.tcpi_unacked == 0) {
    return false;
  }
  const auto listeners = ReadListeners();
  return std::none_of(listeners.begin(), listeners.end(), [this](const TcpSocket& one) {
    return one.local_port == remote_port_ && one.rx_queue > 0;
  });
}

}  // namespace eagain::driver
