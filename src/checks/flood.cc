#include "eagain/checks/flood.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <numeric>
#include <utility>

#include "eagain/checks/flood_threads.h"

namespace eagain::checks {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kSlice{50};
constexpr int kEchoOfSlice = 128 * 1024;
// Far more than that: what the server may echo until its send would block.
constexpr int kRoomForEcho = 1024 * 1024;

[[noreturn]] void ThrowCutOff(const std::string& how) {
  throw Failure("a client that sends as fast as it can, and reads all that comes back, is served",
                how);
}

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

size_t Asked(int fd, unsigned long request) {
  int bytes = 0;
  ::ioctl(fd, request, &bytes);
  return static_cast<size_t>(std::max(bytes, 0));
}

size_t Unread(int fd) { return Asked(fd, FIONREAD); }
// What the server's side has no room for.
size_t Unsent(int fd) { return Asked(fd, SIOCOUTQNSD); }

void SetLowWater(int fd, int bytes) {
  ::setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
}

bool HasAnswer(int fd, size_t bytes) {
  pollfd one{.fd = fd, .events = POLLIN | POLLRDHUP, .revents = 0};
  ::poll(&one, 1, 0);
  return (one.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0 || Unread(fd) >= bytes;
}

}  // namespace

Flood::Flood(Context& ctx, std::span<const Peer> peers) : ctx_(ctx) {
  for (const Peer& peer : peers) {
    clients_.push_back({.fd = peer.native_handle()});
    // The kernel makes the receive buffer large enough for the low-water mark, and leaves it so.
    SetLowWater(clients_.back().fd, kRoomForEcho);
    SetLowWater(clients_.back().fd, 1);
  }
}

Flood::~Flood() { let_server_run(); }

uint64_t Flood::echoed() const {
  return std::accumulate(clients_.begin(), clients_.end(), uint64_t{0},
                         [](uint64_t sum, const Client& client) { return sum + client.echoed; });
}

std::vector<uint64_t> Flood::echoed_each() const {
  std::vector<uint64_t> each;
  for (const Client& client : clients_) {
    each.push_back(client.echoed);
  }
  return each;
}

size_t Flood::send_some(Client& client, size_t most) {
  static const std::array<char, kTurn> kBytes{};
  const ssize_t sent =
      ::send(client.fd, kBytes.data(), std::min(most, kBytes.size()), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && !WouldBlock()) {
    ThrowCutOff(fmt::format("sending to the server fails: {}", std::strerror(errno)));
  }
  return sent < 0 ? 0 : static_cast<size_t>(sent);
}

size_t Flood::receive_some(Client& client) {
  // MSG_TRUNC: the kernel drops the bytes instead of copying them; tcp(7).
  const ssize_t got = ::recv(client.fd, nullptr, kTurn, MSG_DONTWAIT | MSG_TRUNC);
  if (got == 0) {
    ThrowCutOff("the server closed its connection (FIN)");
  }
  if (got < 0 && !WouldBlock()) {
    ThrowCutOff(fmt::format("receiving from the server fails: {}", std::strerror(errno)));
  }
  const size_t bytes = got < 0 ? 0 : static_cast<size_t>(got);
  client.echoed += bytes;
  return bytes;
}

// From who ran while this client alone had bytes echoed, all of them before the next has its turn.
void Flood::find_echoing(Client& client) {
  constexpr size_t kBytes = 1 << 20;
  constexpr std::chrono::milliseconds kMost{500};
  const driver::TreeSample before = ctx_.sample(driver::Detail::kThreads);
  const uint64_t all = client.echoed + kBytes;
  size_t left = kBytes;
  for (const auto end = Clock::now() + kMost; Clock::now() < end && client.echoed < all;) {
    left -= send_some(client, left);
    receive_some(client);
    const auto room = static_cast<short>(left > 0 ? POLLOUT : 0);
    pollfd socket{.fd = client.fd, .events = static_cast<short>(POLLIN | room), .revents = 0};
    ::poll(&socket, 1, 5);
  }
  client.echoing = BusiestThread(before, ctx_.sample(driver::Detail::kThreads));
}

awaitable<void> Flood::run(uint64_t bytes) {
  if (!std::exchange(found_echoing_, true)) {
    for (Client& client : clients_) {
      find_echoing(client);
    }
  }
  const uint64_t target = echoed() + bytes;
  driver::Patience::Wait wait(ctx_.patience(), nullptr);
  while (echoed() < target) {
    const uint64_t before = echoed();
    for (const auto end = Clock::now() + kSlice; Clock::now() < end && echoed() < target;) {
      std::vector<pollfd> sockets;
      for (Client& client : clients_) {
        send_some(client);
        receive_some(client);
        sockets.push_back({.fd = client.fd, .events = POLLIN | POLLOUT, .revents = 0});
      }
      ::poll(sockets.data(), sockets.size(), 5);
    }
    if (echoed() > before) {
      wait.moved();
    }
    // Everything else has its turn: the end of the server's process, and patience.
    co_await asio::post(ctx_.io(), asio::use_awaitable);
    if (wait.stalled()) {
      ThrowCutOff(fmt::format("after {} bytes nothing comes back: {}", echoed(), wait.why()));
    }
  }
}

// Whom the kernel stops: the thread that echoes, or else the process group.
void Flood::set_owner(const Client& client) const {
  const f_owner_ex thread{.type = F_OWNER_TID, .pid = client.echoing};
  if (thread.pid == 0 || ::fcntl(client.fd, F_SETOWN_EX, &thread) != 0) {
    ::fcntl(client.fd, F_SETOWN, -ctx_.server().pid());
  }
}

void Flood::arm(bool armed) {
  for (const Client& client : clients_) {
    SetLowWater(client.fd, armed ? kEchoOfSlice : 1);
    armed ? set_owner(client) : static_cast<void>(::fcntl(client.fd, F_SETOWN, 0));
    ::fcntl(client.fd, F_SETSIG, armed ? SIGSTOP : 0);
    const int flags = ::fcntl(client.fd, F_GETFL);
    ::fcntl(client.fd, F_SETFL, armed ? flags | O_ASYNC : flags & ~O_ASYNC);
  }
}

void Flood::stop_server() {
  if (!ctx_.server().frozen()) {
    ctx_.server().freeze();
  }
}

void Flood::let_server_run() {
  if (ctx_.has_server() && ctx_.server().frozen()) {
    ctx_.server().thaw();
  }
}

// While the server is stopped, what its kernel still holds of the echo comes as soon as there is
// room for it, and what was sent takes the place that this leaves.
void Flood::fill_and_empty() {
  for (Client& client : clients_) {
    while (send_some(client) + receive_some(client) > 0) {
    }
  }
}

bool Flood::all_have_more() const {
  return std::all_of(clients_.begin(), clients_.end(), [](const Client& client) {
    return Unsent(client.fd) > 0 && Unread(client.fd) < kRoomForEcho / 2;
  });
}

Flood::Slice Flood::slice(const Peer* watched, size_t bytes) {
  fill_and_empty();
  const uint64_t before = echoed();
  const int fd = watched == nullptr ? -1 : watched->native_handle();
  std::vector<pollfd> sockets = {{.fd = fd, .events = POLLIN | POLLRDHUP, .revents = 0}};
  for (const Client& client : clients_) {
    sockets.push_back({.fd = client.fd, .events = POLLIN, .revents = 0});
  }
  arm(true);
  ctx_.server().thaw();
  // Ready are those of which the echo of a slice has come: then the server has stopped.
  ::poll(sockets.data(), sockets.size(), static_cast<int>(kSlice.count()));
  ctx_.server().freeze();
  arm(false);
  Slice slice;
  slice.answered = fd >= 0 && HasAnswer(fd, bytes);
  slice.never_paused = all_have_more();
  fill_and_empty();
  slice.echoed = echoed() - before;
  return slice;
}

}  // namespace eagain::checks
