#include "eagain/support/scripted_ring.h"

#include <algorithm>
#include <map>
#include <utility>

namespace eagain {

namespace {

template <typename T>
int ResultOf(const SysResult<T>& result) {
  return result ? static_cast<int>(*result) : -result.error();
}

uint32_t InterestOf(const Submission& submission) {
  return submission.op == Submission::Op::kPoll ? static_cast<uint32_t>(submission.flags)
                                                : uint32_t{EPOLLIN};
}

}  // namespace

SysResult<void> ScriptedRing::provide_buffers(unsigned count, size_t bytes) {
  if (kernel_.provided_buffers == 0) {
    return Fail(EINVAL);
  }
  memory_.reset(new char[count * bytes]);
  buffer_bytes_ = bytes;
  return Ok();
}

std::span<char> ScriptedRing::buffer(int number) {
  return {memory_.get() + static_cast<size_t>(number) * buffer_bytes_, buffer_bytes_};
}

SysResult<void> ScriptedRing::prepare(const Submission& submission) {
  prepared_.push_back(submission);
  return Ok();
}

bool ScriptedRing::next(Completion& completion) {
  if (done_.empty()) {
    return false;
  }
  completion = done_.front();
  done_.pop_front();
  return true;
}

SysResult<void> ScriptedRing::submit(int timeout_ms) {
  const bool sends = std::ranges::count(prepared_, Submission::Op::kSend, &Submission::op) > 0;
  if (sends && kernel_.refuses_send != 0) {
    return Fail(std::exchange(kernel_.refuses_send, 0));
  }
  for (const Submission& submission : std::exchange(prepared_, {})) {
    hand_over(submission);
  }
  if (!done_.empty()) {
    return Ok();
  }
  std::map<int, uint32_t> interest;
  for (const Submission& submission : under_way_) {
    interest[submission.fd] |= InterestOf(submission);
  }
  const auto ready = kernel_.wait(timeout_ms, interest);
  if (!ready) {
    return Fail(ready.error());
  }
  for (const Submission& submission : std::exchange(under_way_, {})) {
    const auto found = ready.value().find(submission.fd);
    const uint32_t events =
        found == ready.value().end() ? 0 : found->second & InterestOf(submission);
    if (events != 0) {
      answer(submission, events);
    } else {
      under_way_.push_back(submission);
    }
  }
  return Ok();
}

bool ScriptedRing::has_multishot(Submission::Op op) const {
  return op == Submission::Op::kAccept ? kernel_.multishot_accept : kernel_.multishot_receive;
}

void ScriptedRing::hand_over(const Submission& submission) {
  switch (submission.op) {
    case Submission::Op::kCancel:
      cancel(submission);
      break;
    case Submission::Op::kSend:
      send(submission);
      break;
    default:
      if (submission.multishot && !has_multishot(submission.op)) {
        complete(submission, -EINVAL);
      } else if ((submission.flags & MSG_DONTWAIT) != 0 &&
                 submission.op == Submission::Op::kReceive) {
        receive(submission);
      } else {
        under_way_.push_back(submission);
      }
  }
}

void ScriptedRing::answer(const Submission& submission, uint32_t ready) {
  if (submission.op == Submission::Op::kPoll) {
    complete(submission, static_cast<int>(ready));
  } else if (submission.op == Submission::Op::kAccept) {
    accept(submission);
  } else {
    receive(submission);
  }
}

void ScriptedRing::accept(const Submission& submission) {
  const SysResult<int> fd = kernel_.accept4(submission.fd, nullptr, nullptr, submission.flags);
  if (fd.error() == EAGAIN) {
    under_way_.push_back(submission);
    return;
  }
  complete(submission, ResultOf(fd));
  if (submission.multishot && fd) {
    done_.back().more = true;
    under_way_.push_back(submission);
  }
}

void ScriptedRing::receive(const Submission& submission) {
  const bool provided = submission.op == Submission::Op::kReceiveProvided;
  if (provided && free_.empty()) {
    complete(submission, -ENOBUFS);
    return;
  }
  const std::span<char> into =
      provided ? buffer(free_.front())
               : std::span<char>(static_cast<char*>(submission.buffer), submission.length);
  const SysResult<size_t> got = kernel_.recv(submission.fd, into.data(), into.size(), 0);
  if (!provided || !got || *got == 0) {
    complete(submission, ResultOf(got));
    return;
  }
  complete(submission, ResultOf(got), free_.front());
  free_.pop_front();
  if (submission.multishot && *got < submission.length) {
    done_.back().more = true;
    under_way_.push_back(submission);
    under_way_.back().length -= *got;
  }
}

void ScriptedRing::send(const Submission& submission) {
  const SysResult<size_t> sent = kernel_.send(submission.fd, submission.buffer, submission.length,
                                              submission.flags & MSG_NOSIGNAL);
  if (!submission.silent || !sent || *sent < submission.length) {
    complete(submission, ResultOf(sent));
  }
}

void ScriptedRing::cancel(const Submission& submission) {
  const auto target = std::ranges::find(under_way_, submission.target, &Submission::user_data);
  if (target != under_way_.end()) {
    complete(*target, -ECANCELED);
    under_way_.erase(target);
  }
  complete(submission, 0);
}

void ScriptedRing::complete(const Submission& submission, int result, int buffer) {
  done_.push_back(
      {.user_data = submission.user_data, .result = result, .more = false, .buffer = buffer});
}

}  // namespace eagain
