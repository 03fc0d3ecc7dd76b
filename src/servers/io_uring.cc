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
      buffers_(*ring_, options.session.receive_buffer, options.provided_buffers) {}

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
  if (const SysResult<void> submitted = ring_->submit(timeout_ms); !submitted) {
    // EBUSY: so much is done that it has to be looked at first.
    if (submitted.error() != EBUSY) {
      SurviveWaitError(sys_, "io_uring_enter", submitted.error());
    }
  }
  Completion completion;
  while (ring_->next(completion)) {
    complete(completion);
  }
  serve_hungry();
  pause_.end_if_due();
  if (!accepting_ && !stopping_ && !pause_.paused()) {
    arm_accept();
  }
}

void IoUringServer::complete(const Completion& completion) {
  const uint64_t tag = completion.user_data & kTags;
  auto* session = reinterpret_cast<RingSession*>(completion.user_data & ~uint64_t{kTags});
  if (tag == kAccept) {
    accepted(completion);
  } else if (tag == kReceive) {
    receive_completed(*session, completion);
    settle(*session);
  } else if (tag == kSend) {
    completion.ok() ? session->sent(static_cast<size_t>(completion.result))
                    : session->send_failed(completion.error());
    settle(*session);
  }
}

void IoUringServer::arm_accept() {
  submit({.op = Submission::Op::kAccept,
          .fd = listener_.fd(),
          .flags = listener_.accept_flags(),
          .multishot = multishot_,
          .user_data = kAccept});
  accepting_ = true;
}

void IoUringServer::accepted(const Completion& completion) {
  accepting_ = completion.more;
  if (multishot_ && completion.result == -EINVAL) {
    multishot_ = false;  // not to be had here; or the listener is broken, which the next one says
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
  const bool ready = session.under_way == RingSession::UnderWay::kReadiness && completion.ok();
  session.under_way = RingSession::UnderWay::kNothing;
  int buffer = std::exchange(session.receiving_into, -1);
  if (completion.buffer >= 0) {
    buffers_.chosen();
    buffer = completion.buffer;
  }
  if (completion.result > 0 && !ready) {
    session.received(buffer, buffers_[buffer].first(static_cast<size_t>(completion.result)));
    return;
  }
  if (buffer >= 0) {
    buffers_.give_back(buffer);
  }
  if (ready) {
    receive_now(session);
  } else if (completion.error() == ENOBUFS) {
    wait_for_buffer(session);
  } else if (completion.ok()) {
    session.received_end();
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
    session.under_way = RingSession::UnderWay::kReceive;
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
  session.under_way = RingSession::UnderWay::kHungry;
  hungry_.push_back(session.fd());
}

void IoUringServer::receive_provided(RingSession& session) {
  session.under_way = RingSession::UnderWay::kReceive;
  submit({.op = Submission::Op::kReceiveProvided,
          .fd = session.fd(),
          .user_data = UserData(session, kReceive)});
}

void IoUringServer::receive_when_ready(RingSession& session) {
  if (buffers_.provided()) {
    receive_provided(session);
    return;
  }
  session.under_way = RingSession::UnderWay::kReadiness;
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
    if (session != nullptr && session->under_way == RingSession::UnderWay::kHungry) {
      receive_now(*session);
      settle(*session);
    }
  }
}

// Waiting for room is the ring's business, and not a poll for POLLOUT: that would come back at once,
// every time, once the client has half-closed.
void IoUringServer::send(RingSession& session, int flags) {
  const std::span<const char> bytes = session.to_send();
  session.under_way = RingSession::UnderWay::kSend;
  submit({.op = Submission::Op::kSend,
          .fd = session.fd(),
          .buffer = const_cast<char*>(bytes.data()),
          .length = bytes.size(),
          .flags = MSG_NOSIGNAL | flags,
          .user_data = UserData(session, kSend)});
}

// Nothing of this session is under way, or it is hungry: hands over what comes next.
void IoUringServer::settle(RingSession& session) {
  if (const int buffer = session.free_buffer(); buffer >= 0) {
    buffers_.give_back(buffer);
  }
  while (session.under_way == RingSession::UnderWay::kNothing) {
    if (cutting_off_) {
      remove(session);
      return;
    }
    switch (session.next()) {
      case RingSession::Step::kReceive:
        receive_when_ready(session);
        break;
      case RingSession::Step::kSendAtOnce:
        send(session, MSG_DONTWAIT);
        break;
      case RingSession::Step::kSendWaiting:
        send(session, 0);
        break;
      case RingSession::Step::kShutDown:
        session.shut_down(sys_.shutdown(session.fd(), SHUT_WR).ok());
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
    if (session->under_way == RingSession::UnderWay::kNothing) {
      settle(*session);
    } else if (session->under_way != RingSession::UnderWay::kSend) {
      cancel(UserData(*session, kReceive));
    }
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
      cancel(UserData(*session, kReceive));
      cancel(UserData(*session, kSend));
    }
  }
  turn_until_all_left(kEndsWithinMs);
  for (std::unique_ptr<RingSession>& session : sessions_) {
    if (session && session->under_way == RingSession::UnderWay::kSend) {
      static_cast<void>(session.release());  // better lost than sent from once it is others'
    }
  }
  sessions_.clear();
}

}  // namespace eagain
