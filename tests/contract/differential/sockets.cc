// Lockstep: sockets made and connected.
#include <arpa/inet.h>
#include <netinet/in.h>

#include "lockstep_calls.h"

namespace eagain::differential {
namespace {

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

void Lockstep::make_socket(const Operation& operation) { make_socket(operation.choice % 2 == 0); }

int Lockstep::make_socket(bool on_exec) {
  const int flags = SOCK_STREAM | SOCK_NONBLOCK | (on_exec ? SOCK_CLOEXEC : 0);
  const int fd =
      same_descriptor(fmt::format("socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK{}, 0)",
                                  on_exec ? " | SOCK_CLOEXEC" : ""),
                      [&](Machine& machine) { return machine.sys.socket(AF_INET, flags, 0); });
  if (fd < 0) {
    return fd;
  }
  model_.open(FileModel::Kind::kSocket, fd);
  if (sequence_.tight == Tight::kLinux) {  // the simulation's are large by its options
    for (auto [name, bytes] : {std::pair{SO_SNDBUF, 4096}, std::pair{SO_RCVBUF, 8192}}) {
      if (!linux_.sys.setsockopt(linux_.fd(fd), SOL_SOCKET, name, &bytes, sizeof bytes).ok()) {
        fail("cannot make the buffers of Linux small");
      }
    }
  }
  return fd;
}

uint16_t Lockstep::port_of(Machine& machine, int fd) {
  sockaddr_in address{};
  socklen_t length = sizeof address;
  const SysResult<void> named =
      machine.sys.getsockname(machine.fd(fd), reinterpret_cast<sockaddr*>(&address), &length);
  return named.ok() ? ntohs(address.sin_port) : 0;
}

void Lockstep::bind(const Operation& operation) {
  bind(choose(operation.on, &FileModel::is_fresh),
       operation.choice % 4 == 0 ? choose(operation.other, &FileModel::is_listener) : -1);
}

// To any free port, or to that of the listener `to`.
void Lockstep::bind(int fd, int to) {
  if (may_be_over(fd)) {
    return;  // a port that was not asked for is free again then
  }
  const FileModel* taken = model_.of(to);
  const bool free = taken == nullptr || !taken->listening;
  const Answer bound = same(
      fmt::format("bind({}, 127.0.0.1, {})", fd, free ? "any port" : fmt::format("port of {}", to)),
      [&](Machine& machine) {
        const uint16_t port =
            free ? 0 : (&machine == &linux_ ? taken->linux_port : taken->sim_port);
        const sockaddr_in address = Loopback(port);
        return machine.sys.bind(machine.fd(fd), reinterpret_cast<const sockaddr*>(&address),
                                sizeof address);
      });
  if (FileModel* file = model_.of(fd); file != nullptr && bound.ok()) {
    file->bound = true;
  }
}

void Lockstep::listen(const Operation& operation) {
  listen(choose(operation.on, &FileModel::is_fresh));
}

void Lockstep::listen(int fd) {
  const Answer listens = same(fmt::format("listen({}, 256)", fd), [&](Machine& machine) {
    return machine.sys.listen(machine.fd(fd), 256);
  });
  if (FileModel* file = model_.of(fd); file != nullptr && listens.ok()) {
    file->listening = true;
    file->linux_port = port_of(linux_, fd);
    file->sim_port = port_of(sim_, fd);
  }
}

// A listener, or -1: where nobody listens.
int Lockstep::choose_target(uint8_t other, int not_this) {
  if (other % 8 == 0) {
    return -1;
  }
  const int target = choose(other % 128, &FileModel::is_listener);
  const FileModel* file = model_.of(target);
  return file != nullptr && file->listening && file != model_.of(not_this) ? target : -1;
}

void Lockstep::connect(const Operation& operation) {
  const int fd = choose(operation.on, &FileModel::is_fresh);
  connect(fd, choose_target(operation.other, fd));
}

void Lockstep::connect(int fd, int to) {
  FileModel* target = model_.of(to);
  if (const FileModel* file = model_.of(fd);
      file != nullptr && file->peer >= 0 && model_.at(file->peer).descriptors > 0) {
    return;  // a known divergence: what the other end has not read would be lost to it
  }
  const Answer begun =
      same(fmt::format("connect({}, 127.0.0.1, {})", fd,
                       target == nullptr ? "where nobody listens" : fmt::format("port of {}", to)),
           [&](Machine& machine) {
             const bool real = &machine == &linux_;
             const sockaddr_in address =
                 Loopback(target == nullptr ? (real ? linux_dead_port_ : sim_dead_port_)
                                            : (real ? target->linux_port : target->sim_port));
             return machine.sys.connect(machine.fd(fd), reinterpret_cast<const sockaddr*>(&address),
                                        sizeof address);
           });
  if (begun.error == EINPROGRESS && target != nullptr) {
    model_.of(fd)->connected = true;
    target->queue.push_back(model_.number_of(fd));
  }
}

void Lockstep::accept(const Operation& operation) {
  accept(choose(operation.on, &FileModel::is_listener), operation.choice % 2 == 0);
}

int Lockstep::accept(int fd, bool on_exec) {
  const int flags = SOCK_NONBLOCK | (on_exec ? SOCK_CLOEXEC : 0);
  const int made = same_descriptor(
      fmt::format("accept4({}, NULL, NULL, SOCK_NONBLOCK{})", fd, on_exec ? " | SOCK_CLOEXEC" : ""),
      [&](Machine& machine) {
        return machine.sys.accept4(machine.fd(fd), nullptr, nullptr, flags);
      });
  if (made < 0) {
    return made;
  }
  std::deque<int>& queue = model_.of(fd)->queue;
  if (queue.empty()) {
    fail("nobody had connected");
    return -1;
  }
  const int client = queue.front();
  queue.pop_front();
  const int server = model_.open(FileModel::Kind::kSocket, made);
  model_.at(server).connected = true;
  model_.at(server).peer = client;
  model_.at(client).peer = server;
  return made;
}

void Lockstep::make_connection(const Operation& operation) {
  int listener = choose(operation.on % 128, &FileModel::is_listener);
  if (FileModel* file = model_.of(listener); file == nullptr || !file->listening) {
    listener = make_socket(true);
    if (listener < 0) {
      return;
    }
    bind(listener, -1);
    listen(listener);
  }
  const int client = failed() ? -1 : make_socket(true);
  if (client < 0) {
    return;
  }
  connect(client, listener);
  settle();
  if (!failed()) {
    accept(listener, true);
  }
}

}  // namespace eagain::differential
