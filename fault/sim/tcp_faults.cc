// Tcp: the things that may happen on a real machine, made to happen now.
#include <algorithm>
#include <cassert>

#include "eagain/fault/sim/tcp.h"

namespace eagain::sim {

bool Tcp::may_hold_back(const Socket& socket, size_t keep) const {
  const Socket* sender = socket.peer;
  if (sender == nullptr || socket.state != Socket::State::kConnected ||
      sender->state != Socket::State::kConnected || sender->reset_pending) {
    return false;
  }
  const bool end_is_known = socket.end_received && socket.end_noticed;
  return keep <= sender->out.readable() && keep >= sender->out.peeked() && !end_is_known;
}

void Tcp::hold_back(Socket& socket, size_t keep, Time ends_after) {
  assert(may_hold_back(socket, keep));
  Socket& sender = *socket.peer;
  sender.out.hold_back(sender.out.readable() - keep);
  if (socket.end_received) {
    socket.end_received = sender.fin_arrived = false;
    socket.read_shut = socket.read_shut_here;
  }
  if (!sender.delivery_pending) {
    sender.delivery_pending = true;
    scheduler_.after(ends_after, sender, kDelivery);
  }
}

void Tcp::squeeze(Socket& socket, size_t room, Time ends_after) {
  assert(room <= socket.send_room());
  socket.squeezed += socket.send_room() - room;
  // Whatever the call answers, ENOBUFS too, the end of this is news.
  socket.room_wanted = socket.room_wanted || room == 0;
  scheduler_.after(ends_after, socket, kSqueezeEnds);
}

void Tcp::kill(Socket& socket, int error) {
  Excuse(socket);
  die(socket, error);
  send_reset(socket);
}

void Tcp::Excuse(Socket& socket) {
  socket.excused = true;
  if (socket.peer != nullptr) {
    socket.peer->excused = true;
  }
}

void Tcp::hide_queue(Socket& listener, Time ends_after) {
  listener.queue_hidden = true;
  scheduler_.after(ends_after, listener, kHidingEnds);
}

void Tcp::abort_oldest(Socket& listener) {
  SysResult<Socket*> oldest = accept(listener);
  assert(oldest.ok());
  send_reset(**oldest);
  free_if_abandoned(**oldest);
}

}  // namespace eagain::sim
