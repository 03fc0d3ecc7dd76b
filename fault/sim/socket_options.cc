// SimKernel: getsockopt and setsockopt, as far as servers use them.
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cstring>

#include "eagain/fault/sim/call_frame.h"
#include "eagain/fault/sim/sim_kernel.h"

namespace eagain::sim {
namespace {

// socket(7): the kernel doubles what is set, and has a least value for each.
constexpr int kLeastSendBuffer = 4608;
constexpr int kLeastReceiveBuffer = 2304;
constexpr int kMostBuffer = 4 * 1024 * 1024;  // net.core.wmem_max, rmem_max

int Doubled(int asked, int least) { return std::max(2 * std::clamp(asked, 0, kMostBuffer), least); }

bool* FlagOf(SocketSettings& settings, int level, int optname) {
  if (level == IPPROTO_TCP && optname == TCP_NODELAY) {
    return &settings.no_delay;
  }
  if (level != SOL_SOCKET) {
    return nullptr;
  }
  switch (optname) {
    case SO_REUSEADDR:
      return &settings.reuse_address;
    case SO_REUSEPORT:
      return &settings.reuse_port;
    case SO_KEEPALIVE:
      return &settings.keep_alive;
    default:
      return nullptr;
  }
}

template <typename T>
SysResult<void> Give(const T& value, void* optval, socklen_t* optlen) {
  const socklen_t length = std::min<socklen_t>(*optlen, sizeof value);
  std::memcpy(optval, &value, length);
  *optlen = length;
  return Ok();
}

template <typename T>
SysResult<void> Take(T& value, const void* optval, socklen_t optlen) {
  if (optlen < sizeof value) {
    return Fail(EINVAL);
  }
  std::memcpy(&value, optval, sizeof value);
  return Ok();
}

}  // namespace

SysResult<void> SimKernel::getsockopt(int fd, int level, int optname, void* optval,
                                      socklen_t* optlen) {
  enter();
  return leave("getsockopt", fd, do_getsockopt(fd, level, optname, optval, optlen));
}

SysResult<void> SimKernel::do_getsockopt(int fd, int level, int optname, void* optval,
                                         socklen_t* optlen) {
  const SysResult<Socket*> found = socket_at(fd);
  if (!found) {
    return Fail(found.error());
  }
  Socket& socket = **found;
  SocketSettings& settings = socket.settings;
  if (const bool* flag = FlagOf(settings, level, optname)) {
    return Give(static_cast<int>(*flag), optval, optlen);
  }
  if (level != SOL_SOCKET) {
    return Fail(ENOPROTOOPT);
  }
  switch (optname) {
    case SO_ERROR:
      return Give(socket.take_error(), optval, optlen);
    case SO_SNDBUF:
      return Give(settings.send_buffer, optval, optlen);
    case SO_RCVBUF:
      return Give(settings.receive_buffer, optval, optlen);
    case SO_TYPE:
      return Give(static_cast<int>(SOCK_STREAM), optval, optlen);
    case SO_DOMAIN:
      return Give(socket.family, optval, optlen);
    case SO_ACCEPTCONN:
      return Give(static_cast<int>(socket.state == Socket::State::kListening), optval, optlen);
    case SO_LINGER:
      return Give(settings.stay, optval, optlen);
    case SO_RCVTIMEO:
      return Give(settings.receive_timeout, optval, optlen);
    case SO_SNDTIMEO:
      return Give(settings.send_timeout, optval, optlen);
    default:
      return Fail(ENOPROTOOPT);
  }
}

SysResult<void> SimKernel::setsockopt(int fd, int level, int optname, const void* optval,
                                      socklen_t optlen) {
  enter();
  return leave("setsockopt", fd, do_setsockopt(fd, level, optname, optval, optlen));
}

SysResult<void> SimKernel::do_setsockopt(int fd, int level, int optname, const void* optval,
                                         socklen_t optlen) {
  const SysResult<Socket*> found = socket_at(fd);
  if (!found) {
    return Fail(found.error());
  }
  SocketSettings& settings = (*found)->settings;
  int value = 0;
  if (optlen < sizeof value) {
    return Fail(EINVAL);
  }
  std::memcpy(&value, optval, sizeof value);
  if (bool* flag = FlagOf(settings, level, optname)) {
    *flag = value != 0;
    return Ok();
  }
  if (level != SOL_SOCKET) {
    return Fail(ENOPROTOOPT);
  }
  switch (optname) {
    case SO_SNDBUF:
      settings.send_buffer = Doubled(value, kLeastSendBuffer);
      return Ok();
    case SO_RCVBUF:
      settings.receive_buffer = Doubled(value, kLeastReceiveBuffer);
      return Ok();
    case SO_LINGER:
      return Take(settings.stay, optval, optlen);
    case SO_RCVTIMEO:
      return Take(settings.receive_timeout, optval, optlen);
    case SO_SNDTIMEO:
      return Take(settings.send_timeout, optval, optlen);
    default:
      return Fail(ENOPROTOOPT);
  }
}

}  // namespace eagain::sim
