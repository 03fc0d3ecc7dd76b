// Session: one client's echo, the same for every strategy.
//
// A strategy decides when to ask; the session knows what to do: receive into the buffer that the
// whole server shares, send at once what was received, keep what the kernel did not take. So an
// echo that fits the socket's buffer is one recv and one send, and nothing is allocated for it.
//
// Each method makes at most one recv or send per direction, so that a strategy stays in charge of
// how much one client gets in a turn. On a blocking descriptor the same calls block.
//
//   echoing ---recv 0---> flushing ---all sent---> finished
//      |---finish()-----> closing  ---all sent, FIN--> lingering ---recv 0---> finished
//   any ------error on recv or send------------------------------------------> finished
//
// Lingering: closing a socket with unread input makes TCP send a reset, which may destroy what is
// still on its way to the client (RFC 9293, 3.10.4; tcp(7)). So a client with whom the conversation
// was going on when the server had to stop is told the end (FIN), and what it still sends is read
// and dropped, until it leaves or the server runs out of patience.
//
// Not thread-safe. See recv(2), send(2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "eagain/net/write_queue.h"
#include "eagain/sys/sys.h"
#include "eagain/sys/unique_fd.h"

namespace eagain {

struct SessionOptions {
  size_t receive_buffer = 64 * 1024;  // bytes asked for by one recv; at least 1
  // When so many bytes wait for a client, nothing more is read from it ...
  size_t high_water = 128 * 1024;  // at least receive_buffer
  // ... until so few are left.
  size_t low_water = 32 * 1024;  // less than high_water
};

// What the sessions of one thread share.
class SessionContext {
 public:
  SessionContext(Sys& sys, const SessionOptions& options);

 private:
  friend class Session;
  std::span<char> buffer() const { return {buffer_.get(), options_.receive_buffer}; }

  Sys& sys_;
  const SessionOptions options_;
  // Not written before bytes are received into it: a thread of which little is asked pays for little.
  const std::unique_ptr<char[]> buffer_;
};

class Session {
 public:
  // `context` outlives the session.
  Session(SessionContext& context, UniqueFd client);

  // What a call to receive() or flush() found out about the direction that it used.
  enum class Io : uint8_t {
    kBlocked,  // EAGAIN: nothing more to be had now
    kShort,  // fewer bytes than asked for. On a stream that means nothing more now (epoll(7), Q9),
             // unless the other side has ended or urgent data lies in between
    kAll,    // as many as asked for: there may be more
    kInterrupted,  // EINTR: nothing happened, ask again
    kOver,         // the direction has come to its end, or the connection died
  };

  // Receives once and sends what came, or queues it if bytes wait already. Only if wants_read().
  Io receive();

  // Sends once from what waits. Only if wants_write().
  Io flush();

  // The server is to stop: reads what is there now for the last time, if it wants to read, and then
  // ends as soon as everything is sent. A client that was idle is finished at once.
  void finish();

  // A session that is not finished wants to read or to write or both.
  bool wants_read() const;
  bool wants_write() const { return !queue_.empty() && phase_ != Phase::kFinished; }
  // Over: to be destroyed, which closes the descriptor.
  bool finished() const { return phase_ == Phase::kFinished; }

  int fd() const { return client_.get(); }
  // Bytes read and not yet sent; never more than the high-water mark.
  size_t waiting() const { return queue_.size(); }
  // The errno that ended the connection, 0 if none did.
  int error() const { return error_; }

 private:
  enum class Phase : uint8_t { kEchoing, kFlushing, kClosing, kLingering, kFinished };

  Io discard();
  void echo(std::span<const char> bytes);
  void advance();
  Io fail(int errno_value);

  SessionContext& context_;
  UniqueFd client_;
  WriteQueue queue_;
  int error_ = 0;
  Phase phase_ = Phase::kEchoing;
  bool paused_ = false;  // between the high-water mark and the low-water mark
};

}  // namespace eagain
