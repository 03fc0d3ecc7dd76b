// Internet addresses as users write them and as sockets take them. See ip(7), ipv6(7),
// inet_pton(3).
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace eagain {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  int family() const { return storage.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// The address that `host` - an IPv4 or IPv6 literal (`[::1]` too), or `localhost`, which is
// 127.0.0.1 - and `port` name. Nothing when host is neither: no name service is asked.
std::optional<Address> ParseAddress(const std::string& host, uint16_t port);

// "127.0.0.1:80", "[::1]:80".
std::string ToString(const Address& address);

// The port, in host byte order.
uint16_t PortOf(const Address& address);

}  // namespace eagain
