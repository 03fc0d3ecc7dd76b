#include "eagain/client/connect.h"

#include <fmt/format.h>
#include <netdb.h>

#include <cassert>
#include <cstring>
#include <stdexcept>

#include "eagain/sys/sys_error.h"

namespace eagain {

namespace {

std::vector<Address> AskTheNameService(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) {
    throw std::invalid_argument(
        fmt::format("cannot find the host \"{}\": {}", host, gai_strerror(failed)));
  }
  std::vector<Address> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    Address address;
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    address.length = one->ai_addrlen;
    addresses.push_back(address);
  }
  freeaddrinfo(found);
  return addresses;
}

// A connect that a signal interrupted goes on by itself: connect(2), EINTR. What became of it is
// told when the socket is writable.
SysResult<void> AwaitConnected(Sys& sys, int fd) {
  pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
  SysResult<int> ready = sys.poll(&writable, 1, -1);
  while (ready.error() == EINTR) {
    ready = sys.poll(&writable, 1, -1);
  }
  if (!ready) {
    return Fail(ready.error());
  }
  int error = 0;
  socklen_t length = sizeof error;
  if (const SysResult<void> asked = sys.getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
      !asked) {
    return asked;
  }
  return error == 0 ? Ok() : SysResult<void>(Fail(error));
}

SysResult<void> Connect(Sys& sys, int fd, const Address& address) {
  const SysResult<void> connected = sys.connect(fd, address.get(), address.length);
  return connected.error() == EINTR ? AwaitConnected(sys, fd) : connected;
}

}  // namespace

std::vector<Address> Resolve(const std::string& host, uint16_t port) {
  std::vector<Address> addresses;
  if (const std::optional<Address> literal = ParseAddress(host, port)) {
    addresses.push_back(*literal);
    if (host == "localhost") {
      addresses.push_back(ParseAddress("::1", port).value());
    }
    return addresses;
  }
  return AskTheNameService(host, port);
}

UniqueFd ConnectToFirst(Sys& sys, const std::vector<Address>& addresses) {
  assert(!addresses.empty());
  int first_error = 0;
  for (const Address& address : addresses) {
    const SysResult<int> made = sys.socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
    int error = made.error();
    if (made) {
      UniqueFd fd(sys, *made);
      const SysResult<void> connected = Connect(sys, *made, address);
      if (connected) {
        return fd;
      }
      error = connected.error();
    }
    first_error = first_error == 0 ? error : first_error;
  }
  // The first address is the one that the user has in mind; a machine without IPv6 fails on the
  // others for reasons of its own.
  throw SysError("cannot connect to " + ToString(addresses.front()), first_error);
}

}  // namespace eagain
