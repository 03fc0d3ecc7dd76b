#include "eagain/fault/inject/ring.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <string_view>

namespace eagain::fault {
namespace {

// Headers may be older than the kernel.
constexpr uint32_t kSetupSqe128 = 1U << 10;
constexpr uint32_t kSetupNoMmap = 1U << 14;
constexpr uint32_t kSetupNoSqArray = 1U << 16;
constexpr uint32_t kNopInjectResult = 1U << 0;
constexpr uint16_t kAcceptMultishot = 1U << 0;
constexpr uint16_t kReceiveMultishot = 1U << 1;

uint32_t At(const void* memory, uint32_t offset) {
  return std::atomic_ref(
             *reinterpret_cast<uint32_t*>(static_cast<char*>(const_cast<void*>(memory)) + offset))
      .load(std::memory_order_acquire);
}

void* Map(int fd, size_t bytes, uint64_t offset) {
  void* memory =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, static_cast<off_t>(offset));
  return memory == MAP_FAILED ? nullptr : memory;
}

bool IsRing(int fd) {
  constexpr std::string_view kName = "anon_inode:[io_uring]";
  char name[kName.size() + 1];
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t length = ::readlink(path.c_str(), name, sizeof name);
  return length > 0 && std::string_view(name, static_cast<size_t>(length)) == kName;
}

}  // namespace

Ring::Ring(int fd, const io_uring_params& params, uint32_t submitted) {
  if (!IsRing(fd)) {
    return;  // the program has closed it, and its number is another's
  }
  const bool has_array = (params.flags & kSetupNoSqArray) == 0;
  const size_t stride = (params.flags & kSetupSqe128) != 0 ? 2 : 1;
  const uint32_t furthest = std::max({params.sq_off.head, params.sq_off.tail,
                                      params.sq_off.ring_mask, params.sq_off.ring_entries});
  queue_bytes_ = has_array ? params.sq_off.array + params.sq_entries * sizeof(uint32_t)
                           : furthest + sizeof(uint32_t);
  entry_bytes_ = params.sq_entries * stride * sizeof(io_uring_sqe);
  queue_ = Map(fd, queue_bytes_, IORING_OFF_SQ_RING);
  entry_memory_ = Map(fd, entry_bytes_, IORING_OFF_SQES);
  if (queue_ == nullptr || entry_memory_ == nullptr) {
    return;
  }
  const uint32_t head = At(queue_, params.sq_off.head);
  const uint32_t tail = At(queue_, params.sq_off.tail);
  const uint32_t mask = At(queue_, params.sq_off.ring_mask);
  const uint32_t count = std::min({submitted, tail - head, params.sq_entries});
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t place = (head + i) & mask;
    const uint32_t index =
        has_array ? At(queue_, params.sq_off.array + place * static_cast<uint32_t>(sizeof place))
                  : place;
    if (index < params.sq_entries) {
      entries_.push_back(static_cast<io_uring_sqe*>(entry_memory_) + index * stride);
    }
  }
}

Ring::~Ring() {
  if (queue_ != nullptr) {
    ::munmap(queue_, queue_bytes_);
  }
  if (entry_memory_ != nullptr) {
    ::munmap(entry_memory_, entry_bytes_);
  }
}

void Ring::remember(io_uring_sqe& entry) { before_.emplace_back(&entry, entry); }

void Ring::shorten(io_uring_sqe& entry, uint32_t most) {
  remember(entry);
  entry.len = most;
  if (entry.opcode == IORING_OP_SEND && (entry.msg_flags & MSG_WAITALL) != 0) {
    entry.flags &= static_cast<uint8_t>(~IOSQE_CQE_SKIP_SUCCESS);
  }
}

void Ring::fail(io_uring_sqe& entry, int error) {
  remember(entry);
  const io_uring_sqe was = entry;
  entry = {};
  entry.opcode = IORING_OP_NOP;
  entry.flags = was.flags & static_cast<uint8_t>(~IOSQE_BUFFER_SELECT);
  entry.user_data = was.user_data;
  entry.personality = was.personality;
  entry.rw_flags = kNopInjectResult;
  entry.len = static_cast<uint32_t>(-error);
}

bool Ring::CanFail() {
  utsname name{};
  int major = 0;
  int minor = 0;
  return ::uname(&name) == 0 && std::sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
         (major > 6 || (major == 6 && minor >= 10));
}

void Ring::restore() {
  for (const auto& [entry, was] : before_) {
    *entry = was;
  }
  before_.clear();
}

std::optional<Call> CallOf(const io_uring_sqe& entry) {
  switch (entry.opcode) {
    case IORING_OP_RECV:
      return Call::kRecv;
    case IORING_OP_SEND:
      return Call::kSend;
    case IORING_OP_READ:
      return Call::kRead;
    case IORING_OP_WRITE:
      return Call::kWrite;
    case IORING_OP_READV:
      return Call::kReadv;
    case IORING_OP_WRITEV:
      return Call::kWritev;
    case IORING_OP_RECVMSG:
      return Call::kRecvmsg;
    case IORING_OP_SENDMSG:
      return Call::kSendmsg;
    case IORING_OP_ACCEPT:
      return Call::kAccept4;
    case IORING_OP_SHUTDOWN:
      return Call::kShutdown;
    default:
      return std::nullopt;
  }
}

std::string WhyOutOfReach(const io_uring_sqe& entry) {
  return (entry.flags & IOSQE_FIXED_FILE) != 0
             ? "io_uring requests for registered files are not reached by rules"
             : "";
}

bool IsMultishot(const io_uring_sqe& entry) {
  const bool accepts = entry.opcode == IORING_OP_ACCEPT && (entry.ioprio & kAcceptMultishot) != 0;
  const bool receives = (entry.opcode == IORING_OP_RECV || entry.opcode == IORING_OP_RECVMSG) &&
                        (entry.ioprio & kReceiveMultishot) != 0;
  return accepts || receives;
}

std::string WhyOutOfReach(const io_uring_params& params) {
  if ((params.flags & IORING_SETUP_SQPOLL) != 0) {
    return "an io_uring whose queue the kernel polls (SQPOLL) is not reached by rules";
  }
  return (params.flags & kSetupNoMmap) != 0
             ? "an io_uring in memory of the program's own (NO_MMAP) is not reached by rules"
             : "";
}

}  // namespace eagain::fault
