// Poller: one way of asking the kernel which descriptors are ready - what the select, poll, epoll
// and epoll-et servers differ in. Everything else they share is the Reactor.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "eagain/sys/sys.h"

namespace eagain {

// What is to be told of a descriptor: bits.
enum class Interest : uint8_t { kNothing = 0, kRead = 1, kWrite = 2, kReadAndWrite = 3 };

constexpr bool Wants(Interest interest, Interest what) {
  return (static_cast<uint8_t>(interest) & static_cast<uint8_t>(what)) != 0;
}

// One descriptor's readiness. An error or a hang-up counts as ready for both: the recv or the send
// that follows says what happened.
struct Readiness {
  int fd;
  bool readable;
  bool writable;
  // Edge-triggered only: a short read does not mean that nothing more is to be read, since the end
  // of the stream, an error or urgent data lies behind it.
  bool more_behind;
};

class Poller {
 public:
  Poller() = default;
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  virtual ~Poller() = default;

  // The name of the wait call, for messages.
  virtual std::string_view wait_call() const = 0;

  // True when a client's readiness is told once, when it begins, and not as long as it lasts.
  virtual bool edge_triggered() const { return false; }

  // False for a descriptor that this call cannot be asked about: it must not be added.
  virtual bool can_watch(int /*fd*/) const { return true; }

  // Watches a client. On failure (ENOMEM, ENOSPC) it is not watched.
  virtual SysResult<void> add(int fd, Interest interest) = 0;
  // Watches the listener or the stop, always for reading, always level-triggered.
  virtual SysResult<void> add_level_triggered(int fd) = 0;
  // Changes what is to be told of a client.
  virtual SysResult<void> change(int fd, Interest interest) = 0;
  // Watches the listener or the stop no longer.
  virtual void remove(int fd) = 0;
  // A client's descriptor is about to be closed.
  virtual void forget(int fd) { remove(fd); }

  // Waits until something is ready or `timeout_ms` are over; -1 waits for ever. Each descriptor
  // comes once at most. The answer is valid until the next call.
  virtual SysResult<std::span<const Readiness>> wait(int timeout_ms) = 0;
};

}  // namespace eagain
