// RingSession: one client's echo over a ring - Session's rules for a strategy that is told what its
// calls came to. See session.h for the states.
//
// One call of a client is under way at a time: a receive, or a send of what was received. It is sent
// from the buffer in which it lies, without waiting; only what the kernel does not take then is
// copied, so that the buffer is free, and sent by a call that waits for room. Until all is sent
// nothing more is received: so a slow client costs one buffer's worth of bytes at most.
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

  // What is under way; set by the server, ended by the methods below.
  enum class UnderWay : uint8_t {
    kNothing,
    kReadiness,  // waits for bytes
    kReceive,
    kHungry,  // bytes are there, and no buffer for them is
    kSend,
  };
  UnderWay under_way = UnderWay::kNothing;
  int receiving_into = -1;  // a buffer of the server's own

  // What to do next, when nothing is under way.
  enum class Step : uint8_t {
    kReceive,
    kSendAtOnce,   // to_send(), from the buffer, without waiting
    kSendWaiting,  // to_send(), which stays where it is until then
    kShutDown,     // for writing; then shut_down()
    kRemove,       // it is over
  };
  Step next() const;

  // The receive has ended, with bytes that lie in the buffer of that number, which is held until
  // free_buffer() gives it; with the end of the stream; with an errno. EAGAIN, EINTR and ECANCELED
  // end nothing.
  void received(int buffer, std::span<const char> bytes);
  void received_end();
  void receive_failed(int error);
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
  enum class Phase : uint8_t { kEchoing, kFlushing, kClosing, kLingering, kFinished };

  void end(int error);
  void keep_unsent();

  UniqueFd client_;
  std::span<const char> unsent_;  // in the buffer that is held
  WriteQueue rest_;               // copied from there
  int held_ = -1;
  int error_ = 0;
  Phase phase_ = Phase::kEchoing;
};

}  // namespace eagain
