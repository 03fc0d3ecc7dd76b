#include "eagain/fault/inject/shortened_call.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include "eagain/fault/inject/program_memory.h"
#include "eagain/sys/kernel_sys.h"

namespace eagain::fault {

ShortenedCall::ShortenedCall(const Tracee& tracee, const TracedCall& call, uint64_t most)
    : changed_(tracee.registers) {
  switch (call.syscall->call) {
    case Call::kReadv:
    case Call::kWritev:
      from_vector(tracee, changed_.argument(1), changed_.argument(2), most);
      changed_.set_number(NumberOf(call.syscall->call == Call::kReadv ? "read" : "write"));
      break;
    case Call::kRecvmsg:
    case Call::kSendmsg:
      from_message(tracee, call, most);
      break;
    default:  // read, recvfrom, write, sendto: the length is the third argument of all
      bytes_ = std::min(most, changed_.argument(2));
      changed_.set_argument(2, bytes_);
      break;
  }
}

void ShortenedCall::from_vector(const Tracee& tracee, uint64_t address, uint64_t count,
                                uint64_t most) {
  constexpr uint64_t kMostVectors = 1024;  // IOV_MAX
  const auto vectors = ReadMany<iovec>(tracee.tid, address, std::min(count, kMostVectors));
  if (!vectors) {
    reason_ = "its vector cannot be read";
    return;
  }
  const auto first = std::find_if(vectors->begin(), vectors->end(),
                                  [](const iovec& one) { return one.iov_len != 0; });
  if (first == vectors->end()) {
    reason_ = "its vector has no room";
    return;
  }
  bytes_ = std::min<uint64_t>(most, first->iov_len);
  changed_.set_argument(1, reinterpret_cast<uint64_t>(first->iov_base));
  changed_.set_argument(2, bytes_);
}

void ShortenedCall::from_message(const Tracee& tracee, const TracedCall& call, uint64_t most) {
  const uint64_t address = changed_.argument(1);
  const uint64_t flags = changed_.argument(2);
  const auto message = ReadAs<msghdr>(tracee.tid, address);
  if (!message) {
    reason_ = "its message cannot be read";
    return;
  }
  if (message->msg_control != nullptr && message->msg_controllen != 0) {
    reason_ = "its message has ancillary data";
    return;
  }
  from_vector(tracee, reinterpret_cast<uint64_t>(message->msg_iov), message->msg_iovlen, most);
  const auto name = reinterpret_cast<uint64_t>(message->msg_name);
  const bool receives = call.syscall->call == Call::kRecvmsg;
  const uint64_t length = receives ? address + offsetof(msghdr, msg_namelen) : message->msg_namelen;
  changed_.set_argument(3, flags);
  changed_.set_argument(4, name);
  changed_.set_argument(5, name == 0 ? 0 : length);
  changed_.set_number(NumberOf(receives ? "recvfrom" : "sendto"));
  message_ = receives ? address : 0;
}

std::optional<int64_t> ShortenedCall::sent_from_here(const Tracee& tracee,
                                                     const TracedCall& call) const {
  constexpr uint64_t kHarmless = MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE;
  const bool sends = call.syscall->call == Call::kWrite || call.syscall->call == Call::kSendto;
  const uint64_t flags = call.syscall->call == Call::kSendto ? changed_.argument(3) : 0;
  if (!sends || bytes_ > kMostFromHere || (flags & ~kHarmless) != 0 || !call.seen) {
    return std::nullopt;
  }
  std::array<char, kMostFromHere> bytes;
  if (!ReadBytes(tracee.process->memory, tracee.tid, changed_.argument(1), bytes.data(), bytes_)) {
    return std::nullopt;
  }
  const int more = static_cast<int>(flags & MSG_MORE);
  static KernelSys kernel;
  const auto sent =
      kernel.send(call.seen.taken.get(), bytes.data(), bytes_, MSG_DONTWAIT | MSG_NOSIGNAL | more);
  if (sent.ok()) {
    return static_cast<int64_t>(*sent);
  }
  const bool waits = sent.error() == EAGAIN && !call.event.non_blocking;
  return waits || sent.error() == EPIPE ? std::nullopt : std::optional<int64_t>(-sent.error());
}

void ShortenedCall::apply(Tracee& tracee) const {
  tracee.registers = changed_;
  tracee.registers.write(tracee.tid);
}

void ShortenedCall::finish(const Tracee& tracee, int64_t result) const {
  if (message_ == 0 || result < 0) {
    return;
  }
  const size_t no_control = 0;
  const int no_flags = 0;
  WriteBytes(tracee.tid, message_ + offsetof(msghdr, msg_controllen), &no_control,
             sizeof no_control);
  WriteBytes(tracee.tid, message_ + offsetof(msghdr, msg_flags), &no_flags, sizeof no_flags);
}

}  // namespace eagain::fault
