// ShortenedCall: a transfer that really moves fewer bytes: the same call with another length, or, of a
// call with a vector, the call of one buffer for the first buffer with room. What the program handed in
// is not written to.
//
// A send of few bytes need not be made by the program at all: the injector has the same socket, and
// sends them. That saves a stop, which is most of what a fault costs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "eagain/fault/inject/traced_call.h"

namespace eagain::fault {

class ShortenedCall {
 public:
  static constexpr uint64_t kMostFromHere = 4096;  // bytes
  // At the stop before the call.
  ShortenedCall(const Tracee& tracee, const TracedCall& call, uint64_t most);

  bool possible() const { return reason_.empty(); }
  const std::string& reason() const { return reason_; }  // why not
  uint64_t bytes() const { return bytes_; }              // what it asks for

  // Sends the bytes on `socket`, which is the program's, without waiting. What the program is to be told
  // instead of making the call; nothing when it has to make it: a receive, a long one, one that would
  // have to wait, or that brings SIGPIPE.
  std::optional<int64_t> sent_from_here(const Tracee& tracee, const TracedCall& call) const;

  // Changes the call that the thread stands before.
  void apply(Tracee& tracee) const;
  // After the call: what it would have written besides the bytes (recvmsg).
  void finish(const Tracee& tracee, int64_t result) const;

 private:
  void from_vector(const Tracee& tracee, uint64_t address, uint64_t count, uint64_t most);
  void from_message(const Tracee& tracee, const TracedCall& call, uint64_t most);

  Registers changed_;
  uint64_t bytes_ = 0;
  uint64_t message_ = 0;  // address of the msghdr of a recvmsg
  std::string reason_;
};

}  // namespace eagain::fault
