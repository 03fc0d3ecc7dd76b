// SimKernel: socket, bind, listen, accept4, connect, shutdown, getsockname.
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "eagain/fault/sim/call_frame.h"
#include "eagain/fault/sim/sim_kernel.h"

namespace eagain::sim {
namespace {

constexpr int kTypeFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;

// The port of an IPv4 or IPv6 address.
SysResult<uint16_t> PortOf(const sockaddr* addr, socklen_t addrlen) {
  if (addrlen >= sizeof(sockaddr_in) && addr->sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, addr, sizeof in);
    return Ok(ntohs(in.sin_port));
  }
  if (addrlen >= sizeof(sockaddr_in6) && addr->sa_family == AF_INET6) {
    sockaddr_in6 in;
    std::memcpy(&in, addr, sizeof in);
    return Ok(ntohs(in.sin6_port));
  }
  if (addrlen < sizeof(sockaddr_in)) {
    return Fail(EINVAL);
  }
  return Fail(EAFNOSUPPORT);
}

void WriteAddress(int family, uint16_t port, sockaddr* addr, socklen_t* addrlen) {
  sockaddr_storage storage{};
  socklen_t length;
  if (family == AF_INET6) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(port);
    in.sin6_addr = in6addr_loopback;
    std::memcpy(&storage, &in, length = sizeof in);
  } else {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::memcpy(&storage, &in, length = sizeof in);
  }
  std::memcpy(addr, &storage, std::min(length, *addrlen));
  *addrlen = length;
}

}  // namespace

SysResult<int> SimKernel::socket(int domain, int type, int /*protocol*/) {
  enter();
  SysResult<int> result = Fail(EAFNOSUPPORT);
  const int error = disturb_plainly(fault::Call::kSocket, -1);
  if (error != 0) {
    result = Fail(error);
  } else if (domain != AF_INET && domain != AF_INET6) {
    result = Fail(EAFNOSUPPORT);
  } else if ((type & ~kTypeFlags) != SOCK_STREAM) {
    result = Fail(EINVAL);
  } else if (!descriptors_.room()) {
    result = Fail(EMFILE);
  } else {
    Socket& socket = tcp_.open(domain);
    socket.non_blocking = (type & SOCK_NONBLOCK) != 0;
    result = descriptors_.install(socket, (type & SOCK_CLOEXEC) != 0);
  }
  return leave("socket", -1, result);
}

SysResult<void> SimKernel::bind(int fd, const sockaddr* addr, socklen_t addrlen) {
  enter();
  const SysResult<Socket*> socket = socket_at(fd);
  if (!socket) {
    return leave("bind", fd, SysResult<void>(Fail(socket.error())));
  }
  const SysResult<uint16_t> port = PortOf(addr, addrlen);
  if (!port) {
    return leave("bind", fd, SysResult<void>(Fail(port.error())));
  }
  if (const int error = disturb_plainly(fault::Call::kBind, fd); error != 0) {
    return leave("bind", fd, SysResult<void>(Fail(error)));
  }
  return leave("bind", fd, tcp_.bind(**socket, *port));
}

SysResult<void> SimKernel::listen(int fd, int backlog) {
  enter();
  const SysResult<Socket*> socket = socket_at(fd);
  if (!socket) {
    return leave("listen", fd, SysResult<void>(Fail(socket.error())));
  }
  if (const int error = disturb_plainly(fault::Call::kListen, fd); error != 0) {
    return leave("listen", fd, SysResult<void>(Fail(error)));
  }
  const SysResult<void> listens = tcp_.listen(**socket, backlog);
  if (listens && faults_ != nullptr) {
    faults_->listening();
  }
  return leave("listen", fd, listens);
}

SysResult<int> SimKernel::accept4(int fd, sockaddr* addr, socklen_t* addrlen, int flags) {
  enter();
  return leave("accept4", fd, do_accept(fd, addr, addrlen, flags));
}

SysResult<int> SimKernel::do_accept(int fd, sockaddr* addr, socklen_t* addrlen, int flags) {
  File* file = descriptors_.find(fd);
  if (file == nullptr) {
    return Fail(EBADF);
  }
  if ((flags & ~kTypeFlags) != 0) {
    return Fail(EINVAL);
  }
  if (!descriptors_.room()) {
    return Fail(EMFILE);  // Linux reserves the number first, whoever may be waiting
  }
  if (file->kind() != File::Kind::kSocket) {
    return Fail(ENOTSOCK);
  }
  Socket& listener = static_cast<Socket&>(*file);
  const Pin pin(*this, listener);  // the call may be late
  if (listener.state == Socket::State::kListening) {
    if (const int error = disturb_accept(listener, fd); error != 0) {
      return Fail(error);
    }
  }
  const SysResult<Socket*> client =
      wait_while_again(listener, !listener.non_blocking, listener.settings.receive_timeout,
                       [&] { return descriptors_.room() ? tcp_.accept(listener) : Fail(EMFILE); });
  if (!client) {
    return Fail(client.error());
  }
  Socket& socket = **client;
  socket.ordinal = ++accepted_;
  socket.non_blocking = (flags & SOCK_NONBLOCK) != 0;
  if (addr != nullptr && addrlen != nullptr) {
    WriteAddress(socket.family, socket.remote_port, addr, addrlen);
  }
  moved_on();
  return descriptors_.install(socket, (flags & SOCK_CLOEXEC) != 0);
}

SysResult<void> SimKernel::connect(int fd, const sockaddr* addr, socklen_t addrlen) {
  enter();
  return leave("connect", fd, do_connect(fd, addr, addrlen));
}

SysResult<void> SimKernel::do_connect(int fd, const sockaddr* addr, socklen_t addrlen) {
  const SysResult<Socket*> found = socket_at(fd);
  if (!found) {
    return Fail(found.error());
  }
  const SysResult<uint16_t> port = PortOf(addr, addrlen);
  if (!port) {
    return Fail(port.error());
  }
  Socket& socket = **found;
  const SysResult<void> begun = tcp_.connect(socket, *port);
  const bool under_way = begun.error() == EINPROGRESS || begun.error() == EALREADY;
  if (!under_way || socket.non_blocking) {
    return begun;
  }
  const SysResult<void> ended =
      wait_while_again(socket, true, socket.settings.send_timeout, [&]() -> SysResult<void> {
        return socket.state != Socket::State::kConnecting ? Ok() : SysResult<void>(Fail(EAGAIN));
      });
  if (!ended) {
    return Fail(ended.error() == EAGAIN ? EINPROGRESS : ended.error());
  }
  return tcp_.connect(socket, *port);  // the second call tells the outcome of the first
}

SysResult<void> SimKernel::shutdown(int fd, int how) {
  enter();
  const SysResult<Socket*> socket = socket_at(fd);
  if (!socket) {
    return leave("shutdown", fd, SysResult<void>(Fail(socket.error())));
  }
  const Pin pin(*this, **socket);  // the call may be late
  if (const int error = disturb_shutdown(**socket, fd); error != 0) {
    return leave("shutdown", fd, SysResult<void>(Fail(error)));
  }
  moved_on();
  return leave("shutdown", fd, tcp_.shutdown(**socket, how));
}

SysResult<void> SimKernel::getsockname(int fd, sockaddr* addr, socklen_t* addrlen) {
  enter();
  const SysResult<Socket*> socket = socket_at(fd);
  if (socket) {
    WriteAddress((*socket)->family, (*socket)->port, addr, addrlen);
  }
  return leave("getsockname", fd, socket ? Ok() : SysResult<void>(Fail(socket.error())));
}

// With a timeout set, Linux does not restart the call, whatever SA_RESTART says (signal(7)).
bool SimKernel::restarts(const timeval& timeout) const {
  return options_.handlers_restart && timeout.tv_sec == 0 && timeout.tv_usec == 0;
}

}  // namespace eagain::sim
