#include "eagain/net/listener.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <stdexcept>

#include "eagain/sys/sys_error.h"

namespace eagain {

namespace {

// accept(2), "Error handling": Linux passes pending network errors of the new socket on as accept's
// own, and asks for them to be treated like EAGAIN. They concern one connection, not the listener.
Accepted::Outcome Classify(int errno_value) {
  switch (errno_value) {
    case EAGAIN:
      return Accepted::Outcome::kNone;
    case EINTR:
    case ECONNABORTED:
    case ECONNRESET:
    case EPROTO:
    case EPERM:  // a firewall's rule forbids this connection
    case ETIMEDOUT:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return Accepted::Outcome::kAgain;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return Accepted::Outcome::kExhausted;
    default:
      return Accepted::Outcome::kBroken;
  }
}

void Demand(const SysResult<void>& result, const std::string& what) {
  if (!result) {
    throw SysError(what, result.error());
  }
}

}  // namespace

Listener::Listener(Sys& sys, const ListenerOptions& options)
    : sys_(sys), non_blocking_clients_(options.non_blocking_clients) {
  const std::optional<Address> wanted = ParseAddress(options.host, options.port);
  if (!wanted) {
    throw std::invalid_argument(fmt::format(
        "cannot listen on \"{}\": neither an IPv4 or IPv6 address nor localhost", options.host));
  }
  const std::string failed = "cannot listen on " + ToString(*wanted);
  const int flags = SOCK_STREAM | SOCK_CLOEXEC | (options.non_blocking ? SOCK_NONBLOCK : 0);
  const SysResult<int> fd = sys.socket(wanted->family(), flags, 0);
  if (!fd) {
    throw SysError(failed, fd.error());
  }
  fd_ = UniqueFd(sys, *fd);
  const int on = 1;
  Demand(sys.setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), failed);
  // Speed, not correctness: no reason to refuse service.
  static_cast<void>(sys.setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on).ok());
  if (options.sharing == PortSharing::kJoin) {
    Demand(sys.setsockopt(*fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), failed);
  }
  Demand(sys.bind(*fd, wanted->get(), wanted->length), failed);
  if (options.sharing == PortSharing::kFirst) {
    Demand(sys.setsockopt(*fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), failed);
  }
  Demand(sys.listen(*fd, options.backlog), failed);
  Address actual;
  Demand(sys.getsockname(*fd, actual.get(), &actual.length), failed);
  address_ = ToString(actual);
  port_ = PortOf(actual);
}

Accepted Listener::accept() {
  const SysResult<int> fd = sys_.accept4(fd_.get(), nullptr, nullptr, accept_flags());
  return completed(fd ? *fd : -fd.error());
}

int Listener::accept_flags() const {
  return SOCK_CLOEXEC | (non_blocking_clients_ ? SOCK_NONBLOCK : 0);
}

Accepted Listener::completed(int result) {
  if (result < 0) {
    return {Classify(-result), UniqueFd(), -result};
  }
  return {Accepted::Outcome::kClient, UniqueFd(sys_, result), 0};
}

}  // namespace eagain
