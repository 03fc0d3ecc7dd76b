#include "echo_client.h"

#include <cerrno>
#include <stdexcept>
#include <utility>
#include <vector>

namespace eagain::detection {

EchoClient::EchoClient(Shared& shared, int fd)
    : shared_(shared),
      fd_(fd),
      owed_(is(Defect::kOneQueueForAll) ? shared.queues[0]
            : is(Defect::kStateKept)    ? shared.queues[fd]
                                        : own_) {}

Io EchoClient::receive() {
  if (!wants_read()) {
    return Io::kOver;
  }
  std::vector<char> buffer(shared_.tuning.receive_buffer);
  const SysResult<size_t> got = shared_.sys.recv(fd_, buffer.data(), buffer.size(), 0);
  if (!got) {
    if (is(Defect::kResetFatal) && got.error() == ECONNRESET) {
      throw std::runtime_error("recv");
    }
    return failed(got.error(), Defect::kAgainCloses);
  }
  if (*got == 0) {
    ended_ = !is(Defect::kEndIgnored);
    dead_ = is(Defect::kCloseBeforeFlush);
    return Io::kMoved;
  }
  if (!finishing_) {
    take(buffer.data(), *got);
  }
  const bool drained = is(Defect::kShortMeansDrained) && *got < buffer.size();
  return drained ? Io::kBlocked : Io::kMoved;
}

void EchoClient::take(const char* bytes, size_t count) {
  if (is(Defect::kNewerFirst)) {
    owed_.insert(0, bytes, count);
  } else {
    owed_.append(bytes, count);
  }
  paused_ = owed_.size() >= shared_.tuning.high_water && !is(Defect::kUnboundedQueue);
  static_cast<void>(send());
}

Io EchoClient::send() {
  if (!wants_write()) {
    return Io::kOver;
  }
  const int flags = is(Defect::kNoMsgNosignal) ? 0 : MSG_NOSIGNAL;
  const SysResult<size_t> sent = shared_.sys.send(fd_, owed_.data(), owed_.size(), flags);
  if (!sent) {
    return failed(sent.error(), Defect::kSendAgainCloses);
  }
  if (is(Defect::kTailDropped)) {
    owed_.clear();
  } else if (!is(Defect::kWholeBufferAgain) || *sent == owed_.size()) {
    owed_.erase(0, *sent);
  }
  paused_ = paused_ && (owed_.size() > shared_.tuning.low_water || is(Defect::kNeverResumes));
  if (owed_.empty() && finishing_) {
    say_end();
  }
  return Io::kMoved;
}

// Of these errors the connection does not die: nothing was moved, and it can be tried again.
Io EchoClient::failed(int error, Defect fatal_again) {
  const bool again = error == EAGAIN || error == EINTR || error == ENOBUFS || error == ENOMEM;
  dead_ = !again || (error == EAGAIN && is(fatal_again));
  return dead_ ? Io::kOver : Io::kBlocked;
}

void EchoClient::finish() {
  finishing_ = true;
  paused_ = false;
  if (is(Defect::kStopDropsQueues)) {
    dead_ = true;
  } else if (owed_.empty()) {
    say_end();
  }
}

void EchoClient::say_end() {
  if (!std::exchange(end_said_, true)) {
    dead_ = dead_ || !shared_.sys.shutdown(fd_, SHUT_WR).ok();
  }
}

void EchoClient::close() {
  if (is(Defect::kLeakOnError) && dead_) {
    return;
  }
  const SysResult<void> closed = shared_.sys.close(fd_);
  if (is(Defect::kCloseRetried) && closed.error() == EINTR) {
    static_cast<void>(shared_.sys.close(fd_).ok());
  }
}

}  // namespace eagain::detection
