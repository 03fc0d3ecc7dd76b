// RingSession: one client's echo over a ring - Session's rules for a strategy that is told what its
// calls came to. See session.h for the states.
//
// What was received is sent from the buffer in which it lies, without waiting; only what the kernel
// does not take then is copied, so that the buffer is free, and sent by a call that waits for room.
// A receive may go on meanwhile, until it has had its bytes: what comes before that is sent is copied
// behind it. Until all is sent no other receive begins: so a slow client costs what one receive takes at
// most.
//
// It makes no calls and submits nothing: the server asks for the next step.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <span>

#include "eagain/net/write_queue.h"
#include "eagain/sys/unique_fd.h"

namespace eagain {

class RingSession {
 public:
  explicit RingSession(UniqueFd client) : client_(std::move(client)) {}

  // What is under way. Set by the server, ended by the methods below.
  enum class Receiving : uint8_t {
    kNothing,
    kReadiness,  // waits for bytes
    kBytes,
    kMultishot,  // bytes, again and again
    kHungry,     // bytes are there, and no buffer for them is
  };
  enum class Sending : uint8_t {
    kNothing,
    kBytes,
    kSilently,  // sent when nothing is heard of it
  };
  Receiving receiving = Receiving::kNothing;
  Sending sending = Sending::kNothing;
  bool cancelling = false;  // the receive
  int receiving_into = -1;  // a buffer of the server's own

  // Whether a completion is to come; until then this object has to last.
  bool under_way() const { return sending != Sending::kNothing || awaits_receive(); }
  bool awaits_receive() const {
    return receiving != Receiving::kNothing && receiving != Receiving::kHungry;
  }
  // Whether it will only wait for bytes once all that is being sent is sent.
  bool idle_once_sent() const { return awaits_receive() && later_.empty(); }

  // What to do next.
  enum class Step : uint8_t {
    kWait,  // for what is under way
    kReceive,
    kSendAtOnce,   // to_send(), from the buffer, without waiting
    kSendWaiting,  // to_send(), which stays where it is until then
    kShutDown,     // for writing; then shut_down()
    kCancel,       // the receive
    kRemove,       // it is over
  };
  Step next() const;

  // Bytes have come, in the buffer of that number; `more`: the receive goes on. Whether the buffer is
  // held, until free_buffer() gives it.
  bool received(int buffer, std::span<const char> bytes, bool more = false);
  // The receive has ended: with the end of the stream; with an errno. EAGAIN, EINTR and ECANCELED end
  // nothing else.
  void received_end();
  void receive_failed(int error);
  // There was no buffer for what has come. Whether it is hungry now: else it is to send first.
  bool found_no_buffer();
  // The send has ended.
  void sent(size_t count);
  void send_failed(int error);

  // The number of the buffer that is no longer needed, or -1. Once.
  int free_buffer();

  std::span<const char> to_send() const { return rest_.empty() ? unsent_ : rest_.front(); }

  // The server is to stop, as with Session::finish(): no more is received, but what comes of a
  // receive that is under way counts. An idle client is over once its receive is cancelled.
  void finish();
  void shut_down(bool succeeded) { phase_ = succeeded ? Phase::kLingering : Phase::kFinished; }
  bool lingers() const { return phase_ == Phase::kLingering; }

  int fd() const { return client_.get(); }
  int error() const { return error_; }

 private:
  enum class Phase : uint8_t { kEchoing, kFlushing, kLeaving, kClosing, kLingering, kFinished };

  bool owes() const { return !unsent_.empty() || !rest_.empty(); }
  void receive_ended();
  void end(int error);
  void keep_unsent();

  UniqueFd client_;
  // To be sent, in this order. What is under way stays where it is, so that nothing is appended to it.
  std::span<const char> unsent_;  // in the buffer that is held
  WriteQueue rest_;               // copied from there
  WriteQueue later_;              // received meanwhile
  int held_ = -1;
  int error_ = 0;
  Phase phase_ = Phase::kEchoing;
};

}  // namespace eagain
