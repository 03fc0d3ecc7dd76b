#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <string>

#include "eagain/driver/failure.h"
#include "eagain/driver/server_process.h"

namespace eagain::driver {
namespace {

// Binds without SO_REUSEADDR, so that a port with remains of old connections is not free either.
// An address family that this machine does not have is no obstacle.
bool IsFree(uint16_t port) {
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = htons(port);
  sockaddr_in6 ipv6{};
  ipv6.sin6_family = AF_INET6;
  ipv6.sin6_port = htons(port);
  const auto binds = [](int family, const void* address, socklen_t size) {
    const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      return family == AF_INET6;
    }
    const int only = 1;
    if (family == AF_INET6) {
      ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
    }
    const bool bound =
        ::bind(fd, static_cast<const sockaddr*>(address), size) == 0 || errno == EADDRNOTAVAIL;
    ::close(fd);
    return bound;
  };
  return binds(AF_INET, &ipv4, sizeof(ipv4)) && binds(AF_INET6, &ipv6, sizeof(ipv6));
}

}  // namespace

uint16_t FindFreePort() {
  // Below the range from which the kernel takes the clients' ports: there no connection can come
  // to hold the port before the server binds it.
  unsigned first_ephemeral = 32768;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first_ephemeral;
  const unsigned low = first_ephemeral > 20000 ? 10000 : 1024;
  const unsigned high = std::max(first_ephemeral, low + 1000) - 1;
  std::random_device seed;
  std::uniform_int_distribution<unsigned> any(low, std::min(high, 65535U));
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto port = static_cast<uint16_t>(any(seed));
    if (IsFree(port)) {
      return port;
    }
  }
  throw HarnessError("no free TCP port was found in a thousand attempts");
}

}  // namespace eagain::driver
