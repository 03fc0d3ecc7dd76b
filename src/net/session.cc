#include "eagain/net/session.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace eagain {

SessionContext::SessionContext(Sys& sys, const SessionOptions& options)
    : sys_(sys), options_(options), buffer_(new char[options.receive_buffer]) {
  assert(options.receive_buffer > 0);
  assert(options.high_water >= options.receive_buffer);
  assert(options.low_water < options.high_water);
}

Session::Session(SessionContext& context, UniqueFd client)
    : context_(context), client_(std::move(client)) {}

bool Session::wants_read() const {
  return phase_ == Phase::kLingering || (phase_ == Phase::kEchoing && !paused_);
}

Session::Io Session::receive() {
  assert(wants_read());
  if (phase_ == Phase::kLingering) {
    return discard();
  }
  const std::span<char> buffer = context_.buffer();
  const size_t room = std::min(buffer.size(), context_.options_.high_water - queue_.size());
  const SysResult<size_t> got = context_.sys_.recv(client_.get(), buffer.data(), room, 0);
  if (!got) {
    return fail(got.error());
  }
  if (*got == 0) {
    phase_ = Phase::kFlushing;
    advance();
    return Io::kOver;
  }
  echo({buffer.data(), *got});
  if (finished()) {
    return Io::kOver;
  }
  return *got < room ? Io::kShort : Io::kAll;
}

void Session::echo(std::span<const char> bytes) {
  // What waits goes first.
  if (queue_.empty()) {
    const SysResult<size_t> sent =
        context_.sys_.send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (!sent && fail(sent.error()) == Io::kOver) {
      return;
    }
    bytes = bytes.subspan(sent ? *sent : 0);
  }
  queue_.append(bytes);
  paused_ = queue_.size() >= context_.options_.high_water;
}

Session::Io Session::flush() {
  assert(wants_write());
  const std::span<const char> bytes = queue_.front();
  const SysResult<size_t> sent =
      context_.sys_.send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (!sent) {
    return fail(sent.error());
  }
  queue_.pop(*sent);
  paused_ = paused_ && queue_.size() > context_.options_.low_water;
  advance();
  return *sent < bytes.size() ? Io::kShort : Io::kAll;
}

void Session::finish() {
  if (phase_ != Phase::kEchoing) {
    return;
  }
  if (wants_read() && receive() == Io::kBlocked && queue_.empty()) {
    phase_ = Phase::kFinished;
  }
  if (phase_ == Phase::kEchoing) {
    phase_ = Phase::kClosing;
    advance();
  }
}

Session::Io Session::discard() {
  const std::span<char> buffer = context_.buffer();
  const SysResult<size_t> got = context_.sys_.recv(client_.get(), buffer.data(), buffer.size(), 0);
  if (!got) {
    return fail(got.error());
  }
  if (*got == 0) {
    phase_ = Phase::kFinished;
    return Io::kOver;
  }
  return *got < buffer.size() ? Io::kShort : Io::kAll;
}

// Moves on once everything is sent.
void Session::advance() {
  if (!queue_.empty()) {
    return;
  }
  if (phase_ == Phase::kFlushing) {
    phase_ = Phase::kFinished;
  } else if (phase_ == Phase::kClosing) {
    const bool told = context_.sys_.shutdown(client_.get(), SHUT_WR).ok();
    phase_ = told ? Phase::kLingering : Phase::kFinished;
  }
}

// EAGAIN and EINTR change nothing. Whatever else recv or send says (ECONNRESET, EPIPE, ETIMEDOUT,
// EHOSTUNREACH, ENETUNREACH, ENOMEM, ...), this connection is lost, and only this one.
Session::Io Session::fail(int errno_value) {
  if (errno_value == EAGAIN) {
    return Io::kBlocked;
  }
  if (errno_value == EINTR) {
    return Io::kInterrupted;
  }
  error_ = errno_value;
  phase_ = Phase::kFinished;
  return Io::kOver;
}

}  // namespace eagain
