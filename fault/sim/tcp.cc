#include "eagain/fault/sim/tcp.h"

#include <algorithm>
#include <cassert>

namespace eagain::sim {
namespace {

// Whether bytes that come to this end are answered with a reset. Reading that was shut down alone
// does not do that: they pile up as if nobody asked for them.
bool RefusesBytes(const Socket& socket) {
  return (socket.read_shut_here && socket.fin_owed) || socket.state == Socket::State::kClosed;
}

}  // namespace

uint32_t Socket::readiness() {
  if (state == State::kListening) {
    return Tcp::AcceptReady(*this) ? uint32_t{EPOLLIN | EPOLLRDNORM} : 0;
  }
  uint32_t mask = error != 0 ? uint32_t{EPOLLERR} : 0;
  if ((read_shut && write_shut) || state == State::kClosed) {
    mask |= EPOLLHUP;
  }
  if (read_shut) {
    mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
  }
  if (state == State::kConnecting) {
    return mask;
  }
  if (readable() > 0) {
    mask |= EPOLLIN | EPOLLRDNORM;
  }
  if (write_shut || writable()) {
    mask |= EPOLLOUT | EPOLLWRNORM;
  } else {
    room_wanted = true;
  }
  return mask;
}

void Socket::on_event(uint32_t what) { tcp->happen(*this, what); }

void Tcp::reset(const SimOptions& options) {
  options_ = &options;
  sockets_.reclaim_all([](Socket& socket) { socket.forget_events(); });
  live_.clear();
  listeners_.clear();
  next_port_ = 40'000;
}

Time Tcp::latency() {
  if (options_->latency == 0) {
    return 0;
  }
  const Time usual = 1 + random_.below(static_cast<uint32_t>(options_->latency));
  return random_.chance(options_->slow_segment) ? 20 * usual : usual;
}

Socket& Tcp::open(int family) {
  Socket& socket = sockets_.take();
  socket.begin_anew();
  socket.tcp = this;
  socket.family = family;
  socket.settings.send_buffer = options_->send_buffer;
  socket.settings.receive_buffer = options_->receive_buffer;
  socket.place = live_.size();
  live_.push_back(&socket);
  return socket;
}

void Tcp::drop(Socket& socket) {
  socket.forget_events();
  if (socket.peer != nullptr) {
    socket.peer->peer = nullptr;
    socket.peer = nullptr;
  }
  live_.back()->place = socket.place;
  live_[socket.place] = live_.back();
  live_.pop_back();
  sockets_.give_back(socket);
}

// An end that nobody holds still has its bytes to deliver, for as long as the other end is held.
void Tcp::free_if_abandoned(Socket& socket) {
  if (!socket.abandoned()) {
    return;
  }
  Socket* peer = socket.peer;
  if (peer == nullptr) {
    drop(socket);
  } else if (peer->abandoned()) {
    drop(socket);
    drop(*peer);
  }
}

void Tcp::release(Socket& socket) {
  switch (socket.state) {
    case Socket::State::kListening:
      stop_listening(socket);
      break;
    case Socket::State::kConnecting:
      leave_syn_queue(socket);
      socket.forget_events();
      EndState(socket);
      break;
    case Socket::State::kConnected:
      if (socket.readable() > 0 ||
          (socket.settings.stay.l_onoff != 0 && socket.settings.stay.l_linger == 0)) {
        send_reset(socket);
      } else if (!socket.fin_owed) {
        socket.fin_owed = true;
        push(socket);
      }
      socket.read_shut_here = socket.read_shut = socket.write_shut = true;
      break;
    case Socket::State::kClosed:
      break;
  }
  free_if_abandoned(socket);
}

SysResult<void> Tcp::shutdown(Socket& socket, int how) {
  if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) {
    return Fail(EINVAL);
  }
  if (socket.state == Socket::State::kListening && how == SHUT_WR) {
    waker_.wake(socket, 0);
    return Ok();
  }
  if (socket.state == Socket::State::kListening) {
    stop_listening(socket);
    socket.read_shut_here = socket.read_shut = socket.write_shut = false;
    waker_.wake(socket, 0);
    return Ok();
  }
  if (socket.state == Socket::State::kConnecting) {
    leave_syn_queue(socket);
    socket.forget_events();
    EndState(socket);
    socket.stage = Socket::Stage::kUnconnected;
    socket.read_shut_here = socket.read_shut = socket.write_shut = false;
    waker_.wake(socket, 0);
    return Ok();
  }
  const bool connected = socket.state == Socket::State::kConnected;
  if (socket.stage == Socket::Stage::kConnecting) {
    socket.stage = connected ? Socket::Stage::kConnected : Socket::Stage::kDisconnecting;
  }
  socket.read_shut_here |= how != SHUT_WR;
  socket.read_shut |= how != SHUT_WR;
  socket.write_shut |= how != SHUT_RD;
  if (connected && how != SHUT_RD && !socket.fin_owed) {
    socket.fin_owed = true;
    push(socket);
  }
  waker_.wake(socket, 0);
  return connected ? Ok() : SysResult<void>(Fail(ENOTCONN));
}

SysResult<size_t> Tcp::send(Socket& socket, const void* bytes, size_t count) {
  if (socket.state == Socket::State::kConnecting) {
    return Fail(EAGAIN);
  }
  if (!socket.sendable()) {
    const int error = socket.state == Socket::State::kListening ? 0 : socket.take_error();
    return Fail(error != 0 ? error : EPIPE);
  }
  const char* from = static_cast<const char*>(bytes);
  size_t taken = 0;
  // What arrives at once makes room at once, unless that is taken.
  bool more = count > 0;
  while (more && socket.state == Socket::State::kConnected && socket.send_room() > 0) {
    const size_t part = std::min(count - taken, socket.send_room());
    socket.out.write(from + taken, part);
    taken += part;
    push(socket);
    more = taken < count && socket.squeezed == 0;
  }
  socket.sent_total += taken;
  if (taken < count) {
    socket.room_wanted = true;
  }
  return taken > 0 || count == 0 ? Ok(taken) : SysResult<size_t>(Fail(EAGAIN));
}

SysResult<size_t> Tcp::recv(Socket& socket, void* bytes, size_t count, bool peek) {
  if (socket.state == Socket::State::kListening) {
    return Fail(ENOTCONN);
  }
  if (socket.state == Socket::State::kConnecting) {
    return Fail(EAGAIN);
  }
  if (socket.readable() > 0) {
    BytePipe& in = socket.peer->out;
    if (peek) {
      return Ok(in.peek(bytes, count));
    }
    const size_t got = in.read(bytes, count);
    socket.received_total += got;
    push(*socket.peer);  // there is room now
    return Ok(got);
  }
  if (socket.end_received) {
    socket.end_noticed = true;
    return Ok(size_t{0});
  }
  if (const int error = socket.take_error(); error != 0) {
    return Fail(error);
  }
  if (socket.read_shut) {
    return Ok(size_t{0});
  }
  return Fail(socket.state == Socket::State::kClosed ? ENOTCONN : EAGAIN);
}

void Tcp::happen(Socket& socket, uint32_t what) {
  switch (static_cast<Happening>(what)) {
    case kDelivery:
      socket.delivery_pending = false;
      deliver(socket);
      break;
    case kAcknowledgement:
      socket.out.acknowledge_arrived();
      room_appeared(socket);
      break;
    case kReset:
      if (socket.peer != nullptr) {
        die(*socket.peer, socket.peer->end_received && !socket.peer->fin_owed ? EPIPE : ECONNRESET);
      }
      break;
    case kSyn:
      arrive_at_listener(socket);
      break;
    case kSqueezeEnds:
      socket.squeezed = 0;
      room_appeared(socket);
      break;
    case kHidingEnds:
      socket.queue_hidden = false;
      if (socket.queue_head != nullptr) {
        waker_.wake(socket, EPOLLIN | EPOLLRDNORM);
      }
      break;
  }
}

// Sees to it that what can arrive at the other end will.
void Tcp::push(Socket& sender) {
  if (sender.delivery_pending || sender.state != Socket::State::kConnected ||
      sender.peer == nullptr) {
    return;
  }
  const bool bytes = sender.out.under_way() > 0;
  const bool end = !bytes && sender.fin_owed && !sender.fin_arrived;
  const bool full = bytes && sender.peer->window() == 0 && !RefusesBytes(*sender.peer);
  if ((!bytes && !end) || full) {
    return;
  }
  if (const Time delay = latency(); delay > 0) {
    sender.delivery_pending = true;
    scheduler_.after(delay, sender, kDelivery);
  } else {
    deliver(sender);
  }
}

void Tcp::deliver(Socket& sender) {
  Socket* peer = sender.peer;
  if (peer == nullptr || sender.state != Socket::State::kConnected) {
    return;
  }
  if (RefusesBytes(*peer) && sender.out.under_way() > 0) {
    refuse_bytes(sender);
    return;
  }
  size_t count = std::min(sender.out.under_way(), peer->window());
  if (count > 1 && random_.chance(options_->cut_segment)) {
    count = 1 + random_.below(static_cast<uint32_t>(count - 1));
  }
  if (count > 0) {
    sender.out.arrive(count);
    if (random_.chance(options_->late_acknowledgement)) {
      scheduler_.after(latency() + 1, sender, kAcknowledgement);
    } else {
      sender.out.acknowledge_arrived();
      room_appeared(sender);
    }
    waker_.wake(*peer, EPOLLIN | EPOLLRDNORM);
  }
  if (sender.out.under_way() == 0 && sender.fin_owed && !sender.fin_arrived &&
      (count == 0 || !random_.chance(options_->late_end))) {
    deliver_end(sender);
    return;
  }
  push(sender);
}

void Tcp::deliver_end(Socket& sender) {
  Socket& peer = *sender.peer;
  sender.fin_arrived = true;
  peer.end_received = true;
  peer.read_shut = true;
  if (peer.fin_arrived) {  // both directions are over: the connection is, at both ends
    for (Socket* end : {&sender, &peer}) {
      EndState(*end);
      end->read_shut = end->write_shut = true;
    }
    waker_.wake(sender, 0);
  }
  waker_.wake(peer, 0);
}

// The other end will read no more, and has said that it sends no more, or is dead: it answers with a
// reset.
void Tcp::refuse_bytes(Socket& sender) {
  Socket& peer = *sender.peer;
  sender.out.drop_under_way();
  if (peer.abandoned()) {
    send_reset(peer);
  } else {
    die(peer, ECONNRESET);
    send_reset(peer);
  }
}

void Tcp::room_appeared(Socket& sender) {
  if (sender.room_wanted && sender.writable()) {
    sender.room_wanted = false;
    waker_.wake(sender, EPOLLOUT | EPOLLWRNORM);
  }
}

// This end is dead to the other, which will learn of it. What is under way may still get there.
void Tcp::send_reset(Socket& socket) {
  if (socket.reset_pending || socket.peer == nullptr) {
    return;
  }
  socket.reset_pending = true;
  Socket& peer = *socket.peer;
  const size_t last = std::min(socket.out.under_way(), peer.window());
  if (options_->latency > 0 && last > 0 && random_.chance(500)) {
    socket.out.arrive(last);
    waker_.wake(peer, EPOLLIN | EPOLLRDNORM);
  }
  if (const Time delay = latency(); delay > 0) {
    scheduler_.after(delay, socket, kReset);
  } else {
    happen(socket, kReset);
  }
  if (socket.state == Socket::State::kConnected) {
    EndState(socket);
    socket.out.drop_under_way();
  }
}

void Tcp::die(Socket& socket, int error) {
  if (socket.state != Socket::State::kConnected) {
    return;
  }
  EndState(socket);
  socket.error = error;
  socket.read_shut = socket.write_shut = true;
  socket.out.drop_under_way();
  socket.squeezed = 0;
  waker_.wake(socket, 0);
}

}  // namespace eagain::sim
