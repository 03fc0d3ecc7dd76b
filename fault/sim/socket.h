// A TCP socket: what one end of a connection knows, or a listener. The behaviour is in tcp.h.
#pragma once

#include <sys/socket.h>
#include <sys/time.h>

#include <cstdint>

#include "eagain/fault/sim/byte_pipe.h"
#include "eagain/fault/sim/file.h"

namespace eagain::sim {

class Socket;
class Tcp;

// What setsockopt sets; an accepted socket begins with its listener's.
struct SocketSettings {
  int send_buffer = 0;     // bytes
  int receive_buffer = 0;  // bytes
  bool reuse_address = false;
  bool reuse_port = false;
  bool keep_alive = false;
  bool no_delay = false;
  linger stay{0, 0};
  timeval receive_timeout{0, 0};
  timeval send_timeout{0, 0};
};

// What there is to a socket, apart from its bytes; made anew for each connection.
struct SocketFields {
  // kClosed is where a socket begins, and where a dead connection ends (TCP_CLOSE).
  enum class State : uint8_t { kClosed, kListening, kConnecting, kConnected };
  // How far connect() has been called for it, as the program knows: Linux keeps that apart (SS_*).
  // What was connected, and told so, never listens or connects again, dead or not.
  enum class Stage : uint8_t { kUnconnected, kConnecting, kConnected, kDisconnecting };

  Tcp* tcp = nullptr;
  size_t place = 0;  // in the list of all
  State state = State::kClosed;
  SocketSettings settings;
  int family = AF_INET;
  uint16_t port = 0;         // 0: never bound
  bool port_given = false;   // by the program: it stays bound to it, even dead
  bool port_held = false;    // it is bound to it now
  uint16_t remote_port = 0;  // 0: never connected
  bool held = false;         // by a simulated client, or by an accept queue
  uint64_t ordinal = 0;      // of accepted sockets: the k-th, from 1 on
  bool excused = false;      // a fault ended the connection, or lets the server end it

  // A connection.
  Socket* peer = nullptr;  // the other end, for as long as it exists
  size_t squeezed = 0;     // room in the send buffer that is taken for a while
  int error = 0;           // SO_ERROR
  Stage stage = Stage::kUnconnected;
  bool read_shut_here = false;    // shutdown(SHUT_RD), or closed
  bool read_shut = false;         // reading is over, for whatever reason
  bool write_shut = false;        // writing is
  bool fin_owed = false;          // nothing more will be sent after what is in `out`
  bool fin_arrived = false;       // at the other end, of this end's
  bool end_received = false;      // from the other end
  bool end_noticed = false;       // the program has been told of the end
  bool room_wanted = false;       // somebody asked for room, and there was none
  bool delivery_pending = false;  // an event is on its way
  bool reset_pending = false;     // a reset is on its way to the other end

  // A listener, and who waits in its queues.
  size_t backlog = 0;
  size_t queue_length = 0;
  bool queue_hidden = false;     // a fault: those who wait have not quite arrived
  Socket* queue_head = nullptr;  // connections to be accepted, oldest first
  Socket* queue_tail = nullptr;
  Socket* syn_head = nullptr;  // clients that found the queue full, oldest first
  Socket* waits_at = nullptr;  // the listener in whose syn queue this one is
  Socket* next_in_queue = nullptr;

  // For who judges a server: bytes since the connection was made, and since when it waits.
  uint64_t received_total = 0;
  uint64_t sent_total = 0;
  uint64_t served_mark = 0;     // received_total + sent_total at the last look
  uint32_t looks_unserved = 0;  // ready and not served since so many looks
};

class Socket final : public File, public SocketFields {
 public:
  Socket() : File(Kind::kSocket) {}

  uint32_t readiness() override;
  void told(uint32_t mask) override { end_noticed |= (mask & (EPOLLRDHUP | EPOLLHUP)) != 0; }
  void on_event(uint32_t what) override;

  // As new, but for the memory that it keeps.
  void begin_anew() {
    File::begin_anew();
    static_cast<SocketFields&>(*this) = SocketFields();
    out.clear();
  }

  // Nobody holds it: no descriptor, no queue, no simulated client.
  bool abandoned() const { return descriptors == 0 && !held; }

  // What the send buffer holds, and what a fault makes it hold besides (see Tcp::squeeze).
  size_t queued() const { return out.unacknowledged() + squeezed; }
  size_t send_room() const {
    const size_t size = static_cast<size_t>(settings.send_buffer);
    return queued() < size ? size - queued() : 0;
  }
  // Linux says "writable" only when a third of the buffer is free: not for every byte that leaves.
  bool writable() const { return send_room() > 0 && send_room() >= queued() / 2; }
  bool sendable() const { return state == State::kConnected && error == 0 && !write_shut; }
  size_t readable() const { return peer != nullptr ? peer->out.readable() : 0; }
  // The room in the receive buffer.
  size_t window() const {
    const size_t size = static_cast<size_t>(settings.receive_buffer);
    return readable() < size ? size - readable() : 0;
  }
  // The pending error, which is none any more then.
  int take_error() {
    const int taken = error;
    error = 0;
    return taken;
  }

  BytePipe out;  // from here to the other end
};

}  // namespace eagain::sim
