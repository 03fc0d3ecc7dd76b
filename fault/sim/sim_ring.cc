#include "eagain/fault/sim/sim_ring.h"

#include <algorithm>

#include "eagain/fault/sim/call_frame.h"

namespace eagain::sim {
namespace {

// What a call answers, as a completion has it.
template <typename T>
int ResultOf(const SysResult<T>& result) {
  return result.ok() ? static_cast<int>(*result) : -result.error();
}

constexpr uint32_t kToReceive = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;

}  // namespace

SimRing::~SimRing() {
  for (const std::unique_ptr<Operation>& operation : under_way_) {
    let_go(*operation->file);
  }
}

SysResult<void> SimRing::provide_buffers(unsigned count, size_t bytes) {
  memory_.reset(new char[count * bytes]);
  buffer_bytes_ = bytes;
  return Ok();
}

std::span<char> SimRing::buffer(int number) {
  return {memory_.get() + static_cast<size_t>(number) * buffer_bytes_, buffer_bytes_};
}

SysResult<void> SimRing::prepare(const Submission& submission) {
  prepared_.push_back(submission);
  return Ok();
}

bool SimRing::next(Completion& completion) {
  if (done_.empty()) {
    return false;
  }
  completion = done_.front();
  done_.pop_front();
  return true;
}

SysResult<void> SimRing::submit(int timeout_ms) {
  kernel_.enter();
  return kernel_.leave("io_uring_enter", -1, enter(timeout_ms));
}

SysResult<void> SimRing::enter(int timeout_ms) {
  kernel_.begin_turn();
  const int error = kernel_.disturb_plainly(fault::Call::kIoUringEnter, -1);
  // What is handed over is told before a signal is.
  if (error != 0 && (error != EINTR || prepared_.empty())) {
    return Fail(error);
  }
  hand_over();
  try_all();
  kernel_.rested_ = done_.empty() && timeout_ms != 0;
  if (error != 0 || timeout_ms == 0) {
    return Ok();
  }
  const Time deadline = kernel_.deadline_ms(timeout_ms);
  Woken woken = Woken::kByChange;
  while (done_.empty() && woken != Woken::kByTime) {
    woken = kernel_.scheduler_.wait(Scheduler::kAnyChannel, deadline);
    try_all();
    if (done_.empty() && woken == Woken::kBySignal) {
      return Fail(EINTR);
    }
  }
  return Ok();
}

void SimRing::hand_over() {
  for (const Submission& submission : std::exchange(prepared_, {})) {
    if (submission.op == Submission::Op::kCancel) {
      cancel(submission);
      continue;
    }
    File* file = kernel_.descriptors_.find(submission.fd);
    if (file == nullptr) {
      done_.push_back({.user_data = submission.user_data, .result = -EBADF});
      continue;
    }
    ++file->descriptors;
    under_way_.push_back(std::make_unique<Operation>(Operation{submission, file}));
  }
}

void SimRing::cancel(const Submission& submission) {
  const auto target = std::ranges::find_if(under_way_, [&](const auto& operation) {
    return operation->what.user_data == submission.target;
  });
  const bool found = target != under_way_.end();
  if (found) {
    complete(**target, -ECANCELED);
    std::unique_ptr<Operation> gone = std::move(*target);
    under_way_.erase(target);
    let_go(*gone->file);
  }
  done_.push_back({.user_data = submission.user_data, .result = found ? 0 : -ENOENT});
}

// One that is late lets time pass, and what those before it wait for may have come meanwhile.
void SimRing::try_all() {
  uint64_t before = 0;
  do {
    before = kernel_.scheduler_.wakes();
    try_each();
  } while (done_.empty() && kernel_.scheduler_.wakes() != before);
}

void SimRing::try_each() {
  // From anywhere in the queue, and round.
  const size_t count = under_way_.size();
  const size_t first = count > 1 && kernel_.random_.chance(kernel_.options_.shuffle_ready)
                           ? kernel_.random_.below(static_cast<uint32_t>(count))
                           : 0;
  for (size_t i = 0; i < count; ++i) {
    Operation& operation = *under_way_[(first + i) % count];
    // Closed: nothing more happens until it is cancelled.
    if (kernel_.descriptors_.find(operation.what.fd) == operation.file) {
      attempt(operation);
    }
  }
  std::erase_if(under_way_, [this](const std::unique_ptr<Operation>& operation) {
    if (operation->over) {
      let_go(*operation->file);
    }
    return operation->over;
  });
}

// Each that is tried counts as a call: so a fault can be asked for at this one and no other.
void SimRing::attempt(Operation& operation) {
  switch (operation.what.op) {
    case Submission::Op::kAccept:
      accept(operation);
      break;
    case Submission::Op::kReceive:
    case Submission::Op::kReceiveProvided:
      receive(operation);
      break;
    case Submission::Op::kSend:
      send(operation);
      break;
    case Submission::Op::kPoll: {
      const uint32_t asked =
          static_cast<uint32_t>(operation.what.flags) | EPOLLERR | EPOLLHUP | EPOLLRDHUP;
      if (const uint32_t ready = operation.file->readiness() & asked; ready != 0) {
        operation.file->told(ready);
        complete(operation, static_cast<int>(ready));
      }
      break;
    }
    case Submission::Op::kCancel:
      break;  // done with when handed over
  }
}

void SimRing::complete(Operation& operation, int result, int buffer) {
  // A receive's length is what is left to receive, which is nothing once its end has come.
  const bool accepts = operation.what.op == Submission::Op::kAccept;
  const bool more =
      operation.what.multishot && (accepts ? result >= 0 : result > 0 && operation.what.length > 0);
  operation.over = !more;
  if (operation.what.silent && result == static_cast<int>(operation.what.length)) {
    return;
  }
  done_.push_back(
      {.user_data = operation.what.user_data, .result = result, .more = more, .buffer = buffer});
}

// EAGAIN: waits for its turn to come, unless it was asked not to.
void SimRing::stays_or_again(Operation& operation) {
  if ((operation.what.flags & MSG_DONTWAIT) != 0) {
    complete(operation, -EAGAIN);
  }
}

void SimRing::accept(Operation& operation) {
  const bool blocking = !operation.file->non_blocking;
  do {
    if (kernel_.descriptors_.room() && !Tcp::AcceptReady(static_cast<Socket&>(*operation.file))) {
      return;
    }
    // It is tried, and not waited for in the midst of it.
    operation.file->non_blocking = true;
    ++kernel_.calls_;
    const SysResult<int> fd =
        kernel_.leave("accept4", operation.what.fd,
                      kernel_.do_accept(operation.what.fd, nullptr, nullptr, operation.what.flags));
    operation.file->non_blocking = !blocking;
    if (fd.error() == EAGAIN || fd.error() == EINTR) {
      return;
    }
    complete(operation, ResultOf(fd));
  } while (!operation.over);
}

void SimRing::receive(Operation& operation) {
  if (operation.what.multishot && !kernel_.options_.multishot_receive) {
    complete(operation, -EINVAL);
    return;
  }
  size_t left = 0;
  do {
    left = operation.what.length;
    receive_once(operation);
  } while (operation.what.multishot && !operation.over && operation.what.length < left);
}

void SimRing::receive_once(Operation& operation) {
  if ((operation.file->readiness() & kToReceive) == 0) {
    stays_or_again(operation);
    return;
  }
  const bool provided = operation.what.op == Submission::Op::kReceiveProvided;
  if (provided && free_.empty()) {
    complete(operation, -ENOBUFS);
    return;
  }
  const std::span<char> into =
      provided ? buffer(free_.front())
               : std::span<char>(static_cast<char*>(operation.what.buffer), operation.what.length);
  ++kernel_.calls_;
  const SysResult<size_t> got =
      kernel_.leave("recv", operation.what.fd,
                    kernel_.do_recv(fault::Call::kRecv, operation.what.fd, into.data(), into.size(),
                                    operation.what.flags | MSG_DONTWAIT));
  if (got.error() == EAGAIN || got.error() == EINTR) {
    stays_or_again(operation);
    return;
  }
  const bool used = provided && got.ok() && *got > 0;
  if (operation.what.multishot && used) {
    operation.what.length -= std::min(*got, operation.what.length);
  }
  complete(operation, ResultOf(got), used ? free_.front() : -1);
  if (used) {
    free_.pop_front();
  }
}

void SimRing::send(Operation& operation) {
  ++kernel_.calls_;
  const SysResult<size_t> sent =
      kernel_.leave("send", operation.what.fd,
                    kernel_.do_send(fault::Call::kSend, operation.what.fd, operation.what.buffer,
                                    operation.what.length, operation.what.flags | MSG_DONTWAIT));
  if (sent.error() == EAGAIN || sent.error() == EINTR) {
    stays_or_again(operation);
  } else {
    complete(operation, ResultOf(sent));
  }
}

void SimRing::let_go(File& file) {
  --file.descriptors;
  kernel_.end_file(file);
}

}  // namespace eagain::sim
