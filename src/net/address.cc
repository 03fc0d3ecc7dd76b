#include "eagain/net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <cstring>

namespace eagain {

namespace {

// Between storage and the address of a family by memcpy: reading one type as another is undefined.
template <typename Inet>
Inet As(const Address& address) {
  Inet inet;
  std::memcpy(&inet, &address.storage, sizeof inet);
  return inet;
}

template <typename Inet>
Address From(const Inet& inet) {
  Address address;
  std::memcpy(&address.storage, &inet, sizeof inet);
  address.length = sizeof inet;
  return address;
}

}  // namespace

std::optional<Address> ParseAddress(const std::string& host, uint16_t port) {
  std::string literal = host == "localhost" ? "127.0.0.1" : host;
  if (literal.size() > 2 && literal.front() == '[' && literal.back() == ']') {
    literal = literal.substr(1, literal.size() - 2);
  }
  sockaddr_in v4{};
  if (inet_pton(AF_INET, literal.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return From(v4);
  }
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, literal.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return From(v6);
  }
  return std::nullopt;
}

std::string ToString(const Address& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.family() == AF_INET6) {
    const auto v6 = As<sockaddr_in6>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return fmt::format("[{}]:{}", text, PortOf(address));
  }
  const auto v4 = As<sockaddr_in>(address);
  inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  return fmt::format("{}:{}", text, PortOf(address));
}

uint16_t PortOf(const Address& address) {
  return address.family() == AF_INET6 ? ntohs(As<sockaddr_in6>(address).sin6_port)
                                      : ntohs(As<sockaddr_in>(address).sin_port);
}

}  // namespace eagain
