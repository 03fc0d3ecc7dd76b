#include "eagain/servers/io_uring.h"

#include <algorithm>
#include <string>
#include <utility>

#include "eagain/net/clock.h"
#include "eagain/servers/wait_error.h"

namespace eagain {

namespace {

constexpr unsigned kEntries = 1024;

// What a completion is about: the low bits of its user_data. The others are the session, or none.
enum Tag : uint64_t { kReceive = 1, kSend = 2, kAccept = 3, kStop = 4, kCancelled = 5, kTags = 7 };

uint64_t UserData(const RingSession& session, Tag tag) {
  static_assert(alignof(RingSession) > kTags);
  return reinterpret_cast<uintptr_t>(&session) | tag;
}

Tag TagOf(const Completion& completion) { return static_cast<Tag>(completion.user_data & kTags); }

RingSession& SessionOf(const Completion& completion) {
  return *reinterpret_cast<RingSession*>(completion.user_data & ~uint64_t{kTags});
}

std::unique_ptr<Ring> MakeRing(Sys& sys) {
  SysResult<std::unique_ptr<Ring>> ring = sys.io_uring_setup(kEntries);
  if (!ring) {
    throw SysError("cannot make a ring (io_uring_setup)", ring.error());
  }
  return ring.take();
}

}  // namespace

// A ring waits for what would block, and hands back at once what does not: so everything is blocking.
IoUringServer::IoUringServer(Sys& sys, const ServerOptions& options)
    : sys_(sys),
      options_(options),
      listener_(sys, {.host = options.host,
                      .port = options.port,
                      .backlog = options.backlog,
                      .non_blocking = false,
                      .non_blocking_clients = false}),
      pause_(sys),
      ring_(MakeRing(sys)),
      buffers_(*ring_, options.session.receive_buffer, options.provided_buffers),
      multishot_receive_(buffers_.provided()) {}

void IoUringServer::run(Stop& stop) {
  submit({.op = Submission::Op::kPoll, .fd = stop.fd(), .flags = POLLIN, .user_data = kStop});
  arm_accept();
  while (!stop.requested()) {
    turn(pause_.remaining_ms());
  }
  drain();
}

void IoUringServer::submit(const Submission& submission) {
  if (const SysResult<void> prepared = ring_->prepare(submission); !prepared) {
    throw SysError("io_uring_enter", prepared.error());
  }
}

void IoUringServer::turn(int timeout_ms) {
  if (const SysResult<void> submitted = ring_->submit(may_wait() ? timeout_ms : 0); !submitted) {
    // EBUSY: so much is done that it has to be looked at first.
    if (submitted.error() != EBUSY) {
      SurviveWaitError(sys_, "io_uring_enter", submitted.error());
    }
  }
  const bool all_handed_over = ring_->all_handed_over();
  Completion completion;
  completed_.clear();
  while (ring_->next(completion)) {
    completed_.push_back(completion);
    // Sends first: what has come since can be sent only behind them.
    if (TagOf(completion) == kSend) {
      send_completed(SessionOf(completion), completion);
    }
  }
  if (all_handed_over) {
    end_silent_sends();
  }
  for (const Completion& other : completed_) {
    complete(other);
  }
  serve_hungry();
  pause_.end_if_due();
  if (!accepting_ && !stopping_ && !pause_.paused()) {
    arm_accept();
  }
}

// Of a silent send nothing need be heard: what is to be done once it is over would wait in vain.
bool IoUringServer::may_wait() const {
  return silent_.empty() ||
         (hungry_.empty() && std::ranges::all_of(silent_, &RingSession::idle_once_sent));
}

void IoUringServer::complete(const Completion& completion) {
  if (TagOf(completion) == kAccept) {
    accepted(completion);
  } else if (TagOf(completion) == kReceive) {
    receive_completed(SessionOf(completion), completion);
    settle(SessionOf(completion));
  }
}

void IoUringServer::send_completed(RingSession& session, const Completion& completion) {
  if (session.sending == RingSession::Sending::kSilently) {
    std::erase(silent_, &session);
  }
  completion.ok() ? session.sent(static_cast<size_t>(completion.result))
                  : session.send_failed(completion.error());
  settle(session);
}

// Those of which nothing was heard have taken everything.
void IoUringServer::end_silent_sends() {
  silent_.swap(ended_);
  for (RingSession* session : ended_) {
    session->sent(session->to_send().size());
    settle(*session);
  }
  ended_.clear();
}

void IoUringServer::arm_accept() {
  submit({.op = Submission::Op::kAccept,
          .fd = listener_.fd(),
          .flags = listener_.accept_flags(),
          .multishot = multishot_accept_,
          .user_data = kAccept});
  accepting_ = true;
}

void IoUringServer::accepted(const Completion& completion) {
  accepting_ = completion.more;
  if (multishot_accept_ && completion.result == -EINVAL) {
    // Not to be had here; or the listener is broken, which the next one says.
    multishot_accept_ = false;
    return;
  }
  Accepted accepted = listener_.completed(completion.result);
  switch (accepted.outcome) {
    case Accepted::Outcome::kClient:
      pause_.accepted();
      admit(std::move(accepted.client));
      break;
    case Accepted::Outcome::kNone:
    case Accepted::Outcome::kAgain:
      break;
    case Accepted::Outcome::kExhausted:
    case Accepted::Outcome::kBroken:
      if (!stopping_ && pause_.begin()) {
        options_.log(LogLevel::kWarning, "accepting pauses, {} clients connected: {}",
                     session_count_, DescribeErrno(accepted.error));
      }
      break;
  }
}

void IoUringServer::admit(UniqueFd client) {
  if (stopping_) {
    return;
  }
  const auto index = static_cast<size_t>(client.get());
  if (index >= sessions_.size()) {
    sessions_.resize(index + 1);
  }
  options_.log(LogLevel::kDebug, "client on descriptor {}: connected", client.get());
  sessions_[index] = std::make_unique<RingSession>(std::move(client));
  ++session_count_;
  settle(*sessions_[index]);
}

void IoUringServer::receive_completed(RingSession& session, const Completion& completion) {
  const bool ready = session.receiving == RingSession::Receiving::kReadiness && completion.ok();
  const bool multishot = session.receiving == RingSession::Receiving::kMultishot;
  int buffer = std::exchange(session.receiving_into, -1);
  if (completion.buffer >= 0) {
    buffers_.chosen();
    buffer = completion.buffer;
  }
  const bool held =
      completion.result > 0 && !ready &&
      session.received(buffer, buffers_[buffer].first(static_cast<size_t>(completion.result)),
                       completion.more);
  if (buffer >= 0 && !held) {
    buffers_.give_back(buffer);
  }
  if (ready) {
    receive_now(session);
  } else if (completion.ok()) {
    if (completion.result == 0) {
      session.received_end();
    }
  } else if (completion.error() == ENOBUFS) {
    wait_for_buffer(session);
  } else if (multishot && completion.error() == EINVAL) {
    // Not to be had here; or the client is broken, which the next one says.
    multishot_receive_ = false;
    session.receive_failed(EAGAIN);
  } else {
    session.receive_failed(completion.error());
  }
}

// Bytes are there: receives them, as soon as there is a buffer.
void IoUringServer::receive_now(RingSession& session) {
  if (stopping_ && !session.lingers()) {
    session.receive_failed(ECANCELED);
  } else if (buffers_.free() == 0) {
    wait_for_buffer(session);
  } else if (buffers_.provided()) {
    receive_provided(session);
  } else {
    session.receiving = RingSession::Receiving::kBytes;
    session.receiving_into = buffers_.take();
    const std::span<char> into = buffers_[session.receiving_into];
    submit({.op = Submission::Op::kReceive,
            .fd = session.fd(),
            .buffer = into.data(),
            .length = into.size(),
            .flags = MSG_DONTWAIT,
            .user_data = UserData(session, kReceive)});
  }
}

void IoUringServer::wait_for_buffer(RingSession& session) {
  if (session.found_no_buffer()) {
    hungry_.push_back(session.fd());
  }
}

void IoUringServer::receive_provided(RingSession& session) {
  session.receiving =
      multishot_receive_ ? RingSession::Receiving::kMultishot : RingSession::Receiving::kBytes;
  submit({.op = Submission::Op::kReceiveProvided,
          .fd = session.fd(),
          .length = options_.session.receive_buffer,
          .multishot = multishot_receive_,
          .user_data = UserData(session, kReceive)});
}

void IoUringServer::receive_when_ready(RingSession& session) {
  if (buffers_.provided()) {
    receive_provided(session);
    return;
  }
  session.receiving = RingSession::Receiving::kReadiness;
  submit({.op = Submission::Op::kPoll,
          .fd = session.fd(),
          .flags = POLLIN,
          .user_data = UserData(session, kReceive)});
}

// As many as there are buffers: the others would only be told again that there are none.
void IoUringServer::serve_hungry() {
  for (size_t i = std::min<size_t>(hungry_.size(), buffers_.free()); i > 0; --i) {
    const auto fd = static_cast<size_t>(hungry_.front());
    hungry_.pop_front();
    RingSession* session = sessions_[fd].get();
    // It may have left since, and another may have its descriptor.
    if (session != nullptr && session->receiving == RingSession::Receiving::kHungry) {
      receive_now(*session);
      settle(*session);
    }
  }
}

void IoUringServer::send_at_once(RingSession& session) {
  send(session, MSG_DONTWAIT, multishot_receive_);
  if (multishot_receive_) {
    silent_.push_back(&session);
  }
}

// Waiting for room is the ring's business, and not a poll for POLLOUT: that would come back at once,
// every time, once the client has half-closed.
void IoUringServer::send_waiting(RingSession& session) { send(session, 0, false); }

void IoUringServer::send(RingSession& session, int flags, bool silent) {
  const std::span<const char> bytes = session.to_send();
  session.sending = silent ? RingSession::Sending::kSilently : RingSession::Sending::kBytes;
  submit({.op = Submission::Op::kSend,
          .fd = session.fd(),
          .buffer = const_cast<char*>(bytes.data()),
          .length = bytes.size(),
          .flags = MSG_NOSIGNAL | flags,
          .silent = silent,
          .user_data = UserData(session, kSend)});
}

// Hands over what comes next.
void IoUringServer::settle(RingSession& session) {
  if (const int buffer = session.free_buffer(); buffer >= 0) {
    buffers_.give_back(buffer);
  }
  for (;;) {
    if (cutting_off_) {
      if (!session.under_way()) {
        remove(session);
      }
      return;
    }
    switch (session.next()) {
      case RingSession::Step::kWait:
        return;
      case RingSession::Step::kReceive:
        receive_when_ready(session);
        break;
      case RingSession::Step::kSendAtOnce:
        send_at_once(session);
        break;
      case RingSession::Step::kSendWaiting:
        send_waiting(session);
        break;
      case RingSession::Step::kShutDown:
        session.shut_down(sys_.shutdown(session.fd(), SHUT_WR).ok());
        break;
      case RingSession::Step::kCancel:
        cancel_receive(session);
        break;
      case RingSession::Step::kRemove:
        remove(session);
        return;
    }
  }
}

void IoUringServer::remove(RingSession& session) {
  options_.log(LogLevel::kDebug, "client on descriptor {}: {}", session.fd(),
               session.error() == 0 ? "left" : DescribeErrno(session.error()));
  sessions_[static_cast<size_t>(session.fd())].reset();
  --session_count_;
  pause_.client_left();
}

void IoUringServer::cancel(uint64_t target) {
  submit({.op = Submission::Op::kCancel, .target = target, .user_data = kCancelled});
}

void IoUringServer::cancel_receive(RingSession& session) {
  session.cancelling = true;
  cancel(UserData(session, kReceive));
}

void IoUringServer::drain() {
  stopping_ = true;
  if (accepting_) {
    cancel(kAccept);
  }
  listener_.close();
  for (const std::unique_ptr<RingSession>& session : sessions_) {
    if (!session) {
      continue;
    }
    session->finish();
    if (session->awaits_receive()) {
      cancel_receive(*session);
    }
    settle(*session);
  }
  turn_until_all_left(options_.drain_ms);
  if (session_count_ > 0) {
    options_.log(LogLevel::kInfo, "{} clients cut off", session_count_);
    cut_off();
  }
  ring_.reset();  // it may hold descriptors that are closed
}

void IoUringServer::turn_until_all_left(int limit_ms) {
  const int64_t deadline_ns = NowNs(sys_) + limit_ms * kNsPerMs;
  for (int left_ms = limit_ms; session_count_ > 0 && left_ms > 0;
       left_ms = RemainingMs(sys_, deadline_ns)) {
    turn(left_ms);
  }
}

// The memory of a call that is under way has to stay until it has ended.
void IoUringServer::cut_off() {
  constexpr int kEndsWithinMs = 500;
  cutting_off_ = true;
  for (const std::unique_ptr<RingSession>& session : sessions_) {
    if (session) {
      static_cast<void>(sys_.shutdown(session->fd(), SHUT_RDWR).ok());
      cancel_receive(*session);
      cancel(UserData(*session, kSend));
    }
  }
  turn_until_all_left(kEndsWithinMs);
  for (std::unique_ptr<RingSession>& session : sessions_) {
    if (session && session->sending != RingSession::Sending::kNothing) {
      static_cast<void>(session.release());  // better lost than sent from once it is others'
    }
  }
  sessions_.clear();
}

}  // namespace eagain
