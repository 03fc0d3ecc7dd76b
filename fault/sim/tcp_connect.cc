// Tcp: from bind to the accept queue.
#include <algorithm>
#include <cassert>

#include "eagain/fault/sim/tcp.h"

namespace eagain::sim {
namespace {

// net.core.somaxconn
constexpr size_t kMostBacklog = 4096;

}  // namespace

SysResult<void> Tcp::bind(Socket& socket, uint16_t port) {
  if (socket.port_held || socket.state != Socket::State::kClosed) {
    return Fail(EINVAL);
  }
  const SocketSettings& mine = socket.settings;
  for (const Socket* other : live_) {
    if (port == 0 || !other->port_held || other->port != port || other->abandoned()) {
      continue;
    }
    const SocketSettings& its = other->settings;
    const bool shared =
        (mine.reuse_port && its.reuse_port) ||
        (mine.reuse_address && its.reuse_address && other->state != Socket::State::kListening);
    if (!shared) {
      return Fail(EADDRINUSE);
    }
  }
  if (port == 0) {
    take_free_port(socket);
  } else {
    socket.port = port;
    socket.port_held = socket.port_given = true;
  }
  return Ok();
}

void Tcp::take_free_port(Socket& socket) {
  socket.port = free_port();
  socket.port_held = true;
}

void Tcp::EndState(Socket& socket) {
  socket.state = Socket::State::kClosed;
  socket.port_held = socket.port_given;
}

uint16_t Tcp::free_port() {
  const auto taken = [this](uint16_t port) {
    return std::any_of(live_.begin(), live_.end(), [port](const Socket* socket) {
      return socket->port_held && socket->port == port;
    });
  };
  do {
    next_port_ = next_port_ < 65'000 ? static_cast<uint16_t>(next_port_ + 1) : uint16_t{32'768};
  } while (taken(next_port_));
  return next_port_;
}

SysResult<void> Tcp::listen(Socket& socket, int backlog) {
  if (socket.stage != Socket::Stage::kUnconnected) {
    return Fail(EINVAL);
  }
  if (!socket.port_held) {
    take_free_port(socket);
  }
  // A negative backlog is a very large one, as in Linux.
  socket.backlog = std::min(static_cast<size_t>(static_cast<unsigned int>(backlog)), kMostBacklog);
  if (socket.state != Socket::State::kListening) {
    socket.state = Socket::State::kListening;
    listeners_.push_back(&socket);
  }
  return Ok();
}

SysResult<void> Tcp::connect(Socket& socket, uint16_t port) {
  switch (socket.stage) {
    case Socket::Stage::kUnconnected:
      break;
    case Socket::Stage::kConnecting:
      return tell_outcome(socket);
    case Socket::Stage::kConnected:
      return Fail(EISCONN);
    case Socket::Stage::kDisconnecting:
      return Fail(EINVAL);
  }
  if (socket.state == Socket::State::kListening) {
    return Fail(EISCONN);
  }
  if (!socket.port_held) {
    take_free_port(socket);
  }
  socket.remote_port = port;
  socket.state = Socket::State::kConnecting;
  socket.stage = Socket::Stage::kConnecting;
  scheduler_.after(latency(), socket, kSyn);
  return Fail(EINPROGRESS);
}

// After a failure the socket may connect again, as if new.
SysResult<void> Tcp::tell_outcome(Socket& client) {
  if (client.state == Socket::State::kConnecting) {
    return Fail(EALREADY);
  }
  if (client.state == Socket::State::kConnected) {
    client.stage = Socket::Stage::kConnected;
    return Ok();
  }
  const int error = client.take_error();
  if (Socket* peer = client.peer; peer != nullptr) {
    client.peer = peer->peer = nullptr;
    free_if_abandoned(*peer);
  }
  client.stage = Socket::Stage::kUnconnected;
  client.read_shut_here = client.read_shut = client.write_shut = false;
  client.fin_owed = client.fin_arrived = client.end_received = client.end_noticed = false;
  client.reset_pending = client.room_wanted = false;
  client.out.clear();
  waker_.wake(client, EPOLLERR);  // as Linux does: it has the hangup of what is not connected
  return Fail(error != 0 ? error : ECONNABORTED);
}

Socket* Tcp::find_listener(uint16_t port) {
  uint32_t candidates = 0;
  for (const Socket* listener : listeners_) {
    candidates += listener->port == port;
  }
  if (candidates == 0) {
    return nullptr;
  }
  uint32_t skip = candidates == 1 ? 0 : random_.below(candidates);
  for (Socket* listener : listeners_) {
    if (listener->port == port && skip-- == 0) {
      return listener;
    }
  }
  return nullptr;
}

void Tcp::arrive_at_listener(Socket& client) {
  if (client.state != Socket::State::kConnecting) {
    return;
  }
  Socket* listener = find_listener(client.remote_port);
  if (listener == nullptr) {
    refuse(client);
  } else if (listener->queue_length > listener->backlog) {
    client.waits_at = listener;
    Socket** end = &listener->syn_head;
    while (*end != nullptr) {
      end = &(*end)->next_in_queue;
    }
    *end = &client;
  } else {
    establish(client, *listener);
  }
}

void Tcp::refuse(Socket& client) {
  EndState(client);
  client.error = ECONNREFUSED;
  client.read_shut = client.write_shut = true;
  waker_.wake(client, 0);
}

void Tcp::establish(Socket& client, Socket& listener) {
  Socket& server = open(listener.family);
  server.settings = listener.settings;
  server.port = listener.port;
  server.port_held = true;
  server.remote_port = client.port;
  server.state = client.state = Socket::State::kConnected;
  server.stage = Socket::Stage::kConnected;
  server.peer = &client;
  client.peer = &server;
  server.held = true;  // by the queue
  // A listener that was shut down before it listened hands that down, as in Linux.
  server.read_shut_here = server.read_shut = listener.read_shut_here;
  server.write_shut = server.fin_owed = listener.write_shut;
  (listener.queue_head == nullptr ? listener.queue_head : listener.queue_tail->next_in_queue) =
      &server;
  listener.queue_tail = &server;
  ++listener.queue_length;
  waker_.wake(client, 0);
  if (!listener.queue_hidden) {
    waker_.wake(listener, EPOLLIN | EPOLLRDNORM);
  }
  push(server);
}

SysResult<Socket*> Tcp::accept(Socket& listener) {
  if (listener.state != Socket::State::kListening) {
    return Fail(EINVAL);
  }
  if (!AcceptReady(listener)) {
    return Fail(EAGAIN);
  }
  Socket& oldest = *listener.queue_head;
  listener.queue_head = oldest.next_in_queue;
  oldest.next_in_queue = nullptr;
  oldest.held = false;
  --listener.queue_length;
  if (Socket* client = listener.syn_head; client != nullptr) {
    leave_syn_queue(*client);
    scheduler_.after(latency(), *client, kSyn);  // it tries again
  }
  return Ok(&oldest);
}

void Tcp::leave_syn_queue(Socket& client) {
  if (client.waits_at == nullptr) {
    return;
  }
  Socket** link = &client.waits_at->syn_head;
  while (*link != &client) {
    link = &(*link)->next_in_queue;
  }
  *link = client.next_in_queue;
  client.next_in_queue = nullptr;
  client.waits_at = nullptr;
}

void Tcp::stop_listening(Socket& listener) {
  std::erase(listeners_, &listener);
  listener.queue_hidden = false;
  while (listener.queue_head != nullptr) {
    abort_oldest(listener);
  }
  while (listener.syn_head != nullptr) {
    Socket& client = *listener.syn_head;
    leave_syn_queue(client);
    scheduler_.after(latency(), client, kSyn);  // it tries again, and is refused
  }
  EndState(listener);
}

}  // namespace eagain::sim
