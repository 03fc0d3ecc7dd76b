#include "eagain/fault/inject/sockets.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "eagain/fault/inject/epoll_watches.h"
#include "eagain/fault/inject/own_descriptors.h"
#include "eagain/fault/inject/taken_descriptor.h"

namespace eagain::fault {
namespace {

template <typename T>
std::optional<T> Option(int fd, int name) {
  T value{};
  socklen_t size = sizeof value;
  return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? std::optional(value)
                                                                : std::nullopt;
}

uint16_t LocalPort(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return 0;
  }
  // The port is at the same place in both.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

uint64_t Inode(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_ino : 0;
}

bool AnyEdgeTriggered(const std::vector<EpollWatch>& watches, int fd) {
  return std::any_of(watches.begin(), watches.end(), [fd](const EpollWatch& one) {
    return one.fd == fd && (one.event.events & EPOLLET) != 0;
  });
}

bool HasPeer(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return ::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
}

}  // namespace

Sockets::Seen Sockets::take(int process, int fd) const {
  Seen seen;
  UniqueFd taken = TakeDescriptor(process, fd);
  if (const auto cookie = taken ? Option<uint64_t>(taken.get(), SO_COOKIE) : std::nullopt) {
    seen.taken = std::move(taken);
    seen.cookie = *cookie;
  }
  return seen;
}

Sockets::Seen Sockets::look(int process, int fd) {
  Seen seen = take(process, fd);
  if (!seen) {
    return seen;
  }
  const int flags = ::fcntl(seen.taken.get(), F_GETFL);
  seen.non_blocking = flags >= 0 && (flags & O_NONBLOCK) != 0;
  const Known& socket = known(seen);
  seen.role = socket.role;
  seen.connection = socket.connection;
  seen.can_rearm = true;
  for (const Watch& watch : socket.watches) {
    if (watch.interest.edge_triggered()) {
      seen.edge_triggered = true;
      seen.can_rearm = seen.can_rearm && watch.interest.can_rearm() && CanBorrowNumber(watch.fd);
    }
  }
  return seen;
}

// Of a socket that was not seen being made - inherited, or accepted by an io_uring - what it is can
// be asked: a listener says so, and a connection has the port of its listener. So has a second
// listener, bound with SO_REUSEPORT, before it listens: nobody is connected to that.
Sockets::Known& Sockets::known(const Seen& seen) {
  Known& socket = sockets_[seen.cookie];
  if (std::exchange(socket.decided, true)) {
    return socket;
  }
  const int fd = seen.taken.get();
  if (Option<int>(fd, SO_PROTOCOL) != IPPROTO_TCP) {
    return socket;
  }
  if (Option<int>(fd, SO_ACCEPTCONN).value_or(0) != 0) {
    socket.role = Role::kListener;
    listener_ports_.insert(LocalPort(fd));
  } else if (!HasPeer(fd)) {
    socket.decided = false;
  } else if (!listener_ports_.empty() && listener_ports_.contains(LocalPort(fd))) {
    socket.role = Role::kClient;
    socket.connection = ++connections_;
  }
  return socket;
}

void Sockets::listens(const Seen& seen) {
  if (Option<int>(seen.taken.get(), SO_PROTOCOL) == IPPROTO_TCP) {
    Known& socket = sockets_[seen.cookie];
    socket.role = Role::kListener;
    socket.decided = true;
    listener_ports_.insert(LocalPort(seen.taken.get()));
  }
}

uint64_t Sockets::accepted(const Seen& seen) {
  if (Option<int>(seen.taken.get(), SO_PROTOCOL) != IPPROTO_TCP) {
    return 0;
  }
  Known& socket = sockets_[seen.cookie];
  socket.decided = true;
  if (socket.role != Role::kClient) {
    socket.role = Role::kClient;
    socket.connection = ++connections_;
  }
  const uint64_t connection = socket.connection;
  if (sockets_.size() > kMostKnown) {
    forget_old();
  }
  return connection;
}

// Cookies grow with time, so the first half are the oldest: long gone, but for very patient clients.
void Sockets::forget_old() {
  auto end = sockets_.begin();
  std::advance(end, static_cast<ptrdiff_t>(kMostKnown / 2));
  for (auto socket = sockets_.begin(); socket != end;) {
    socket = socket->second.role == Role::kListener ? std::next(socket) : sockets_.erase(socket);
  }
}

void Sockets::watched(const Seen& seen, const Watch& watch) {
  std::vector<Watch>& watches = known(seen).watches;
  const auto same = std::find_if(watches.begin(), watches.end(), [&](const Watch& one) {
    return one.process == watch.process && one.interest.epfd == watch.interest.epfd &&
           one.fd == watch.fd;
  });
  if (same == watches.end()) {
    watches.push_back(watch);
  } else {
    *same = watch;
  }
}

void Sockets::unwatched(const Seen& seen, const ProcessHandle& process, int epfd) {
  std::erase_if(known(seen).watches, [&](const Watch& one) {
    return one.process == process && one.interest.epfd == epfd;
  });
}

bool Sockets::rearm(const Seen& seen) {
  for (Watch& watch : known(seen).watches) {
    if (watch.interest.edge_triggered() && !rearm(watch, seen)) {
      return false;
    }
  }
  return true;
}

// Brings the watch up to date first: it is not told of every change.
bool Sockets::rearm(Watch& watch, const Seen& seen) {
  UniqueFd epoll = TakeDescriptor(watch.process->get(), watch.interest.epfd);
  const auto watches = epoll ? WatchesOf(epoll.get()) : std::nullopt;
  if (!watches) {
    return false;
  }
  const EpollWatch* now = FindWatch(*watches, watch.fd, Inode(seen.taken.get()));
  watch.interest.event = now == nullptr ? epoll_event{} : now->event;
  if (!watch.interest.edge_triggered()) {
    return true;  // nobody waits for an edge any more
  }
  if (!watch.interest.can_rearm()) {
    errno = EINVAL;
    return false;
  }
  const BorrowedNumber number(seen.taken.get(), watch.fd, epoll);
  return number && ::epoll_ctl(epoll.get(), EPOLL_CTL_MOD, watch.fd, &watch.interest.event) == 0;
}

void Sockets::doubt(const Seen& seen) {
  const auto found = sockets_.find(seen.cookie);
  if (found != sockets_.end() && !found->second.watches.empty() &&
      !std::exchange(found->second.doubtful, true)) {
    doubtful_.push_back(seen.cookie);
  }
}

std::vector<uint64_t> Sockets::make_sure() {
  std::map<std::pair<int, int>, std::vector<EpollWatch>> epolls;  // by process and descriptor
  std::vector<uint64_t> rearmed;
  for (const uint64_t cookie : std::exchange(doubtful_, {})) {
    Known& socket = sockets_[cookie];
    socket.doubtful = false;
    for (Watch& watch : socket.watches) {
      const int process = watch.process->get();
      const auto [epoll, is_new] = epolls.try_emplace({process, watch.interest.epfd});
      if (is_new) {
        const UniqueFd taken = TakeDescriptor(process, watch.interest.epfd);
        epoll->second = WatchesOf(taken.get()).value_or(std::vector<EpollWatch>());
      }
      if (!AnyEdgeTriggered(epoll->second, watch.fd)) {
        continue;
      }
      const Seen seen = take(process, watch.fd);
      if (seen && seen.cookie == cookie && rearm(watch, seen) && watch.interest.edge_triggered()) {
        rearmed.push_back(socket.connection);
      }
    }
  }
  return rearmed;
}

}  // namespace eagain::fault
