#include "eagain/sys/kernel_ring.h"

#include <sys/mman.h>

#include <cassert>
#include <cerrno>

namespace eagain {

namespace {

// Memory that is the kernel's to touch first: what is never used costs nothing.
SysResult<char*> Map(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    return Fail(errno);
  }
  return Ok(static_cast<char*>(memory));
}

// What liburing answers: a count, or an errno, negative.
SysResult<void> FromUring(int rc) { return rc < 0 ? SysResult<void>(Fail(-rc)) : Ok(); }

void Fill(io_uring_sqe& entry, const Submission& s) {
  switch (s.op) {
    case Submission::Op::kAccept:
      if (s.multishot) {
        io_uring_prep_multishot_accept(&entry, s.fd, nullptr, nullptr, s.flags);
      } else {
        io_uring_prep_accept(&entry, s.fd, nullptr, nullptr, s.flags);
      }
      break;
    case Submission::Op::kReceive:
      io_uring_prep_recv(&entry, s.fd, s.buffer, s.length, s.flags);
      break;
    case Submission::Op::kReceiveProvided:
      if (s.multishot) {
        io_uring_prep_recv_multishot(&entry, s.fd, nullptr, 0, s.flags);
        // optlen, which liburing 2.3 does not name.
        entry.file_index = static_cast<unsigned>(s.length);
      } else {
        io_uring_prep_recv(&entry, s.fd, nullptr, 0, s.flags);
      }
      entry.flags |= IOSQE_BUFFER_SELECT;
      entry.buf_group = 0;
      break;
    case Submission::Op::kSend:
      io_uring_prep_send(&entry, s.fd, s.buffer, s.length, s.flags);
      if (s.silent) {
        // With MSG_WAITALL to send less is a failure, of which there is always a completion.
        entry.msg_flags |= MSG_WAITALL;
        entry.flags |= IOSQE_CQE_SKIP_SUCCESS;
      }
      break;
    case Submission::Op::kPoll:
      io_uring_prep_poll_add(&entry, s.fd, static_cast<unsigned>(s.flags));
      break;
    case Submission::Op::kCancel:
      io_uring_prep_cancel64(&entry, s.target, 0);
      break;
  }
  entry.user_data = s.user_data;
}

}  // namespace

SysResult<std::unique_ptr<Ring>> KernelRing::Make(unsigned entries) {
  std::unique_ptr<KernelRing> made(new KernelRing());
  // The newest way first: completions are worked on only when they are asked for.
  for (const unsigned how : {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, 0u}) {
    io_uring_params parameters{};
    parameters.flags = how | IORING_SETUP_R_DISABLED | IORING_SETUP_CLAMP | IORING_SETUP_CQSIZE;
    parameters.cq_entries = 4 * entries;
    const int rc = io_uring_queue_init_params(entries, &made->ring_, &parameters);
    if (rc == 0) {
      return Ok(std::unique_ptr<Ring>(std::move(made)));
    }
    made->ring_ = {};
    if (rc != -EINVAL || how == 0) {
      made->ring_.ring_fd = -1;
      return Fail(-rc);
    }
  }
  return Fail(EINVAL);
}

KernelRing::~KernelRing() {
  if (ring_.ring_fd >= 0) {
    io_uring_queue_exit(&ring_);
  }
  if (buffers_ != nullptr) {
    munmap(buffers_, buffer_count_ * buffer_bytes_);
  }
  if (shelf_ != nullptr) {
    munmap(shelf_, buffer_count_ * sizeof(io_uring_buf));
  }
}

SysResult<void> KernelRing::provide_buffers(unsigned count, size_t bytes) {
  assert(shelf_ == nullptr && (count & (count - 1)) == 0);
  const SysResult<char*> shelf = Map(count * sizeof(io_uring_buf));
  if (!shelf) {
    return Fail(shelf.error());
  }
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<uintptr_t>(*shelf);
  registration.ring_entries = count;
  SysResult<void> done = FromUring(io_uring_register_buf_ring(&ring_, &registration, 0));
  const SysResult<char*> buffers = done ? Map(count * bytes) : SysResult<char*>(Fail(done.error()));
  if (!buffers) {
    munmap(*shelf, count * sizeof(io_uring_buf));
    return Fail(buffers.error());
  }
  shelf_ = reinterpret_cast<io_uring_buf_ring*>(*shelf);
  buffers_ = *buffers;
  buffer_count_ = count;
  buffer_bytes_ = bytes;
  io_uring_buf_ring_init(shelf_);
  return Ok();
}

std::span<char> KernelRing::buffer(int number) {
  return {buffers_ + static_cast<size_t>(number) * buffer_bytes_, buffer_bytes_};
}

void KernelRing::give_back(int number) {
  io_uring_buf_ring_add(shelf_, buffer(number).data(), static_cast<unsigned>(buffer_bytes_),
                        static_cast<unsigned short>(number), io_uring_buf_ring_mask(buffer_count_),
                        0);
  io_uring_buf_ring_advance(shelf_, 1);
}

// The first thread that comes is the one that submits.
SysResult<void> KernelRing::begin() {
  if (!disabled_) {
    return Ok();
  }
  // liburing 2.3 forgot to export io_uring_enable_rings.
  if (const SysResult<void> enabled = FromUring(io_uring_register(
          static_cast<unsigned>(ring_.ring_fd), IORING_REGISTER_ENABLE_RINGS, nullptr, 0));
      !enabled) {
    return enabled;
  }
  disabled_ = false;
  // Saves a look-up in each call; where it cannot be had, it is not needed.
  static_cast<void>(io_uring_register_ring_fd(&ring_));
  return Ok();
}

SysResult<void> KernelRing::prepare(const Submission& submission) {
  if (const SysResult<void> begun = begin(); !begun) {
    return begun;
  }
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  if (entry == nullptr) {
    if (const SysResult<void> submitted = FromUring(io_uring_submit(&ring_)); !submitted) {
      return submitted;
    }
    entry = io_uring_get_sqe(&ring_);
  }
  if (entry == nullptr) {
    return Fail(EBUSY);
  }
  Fill(*entry, submission);
  return Ok();
}

SysResult<void> KernelRing::submit(int timeout_ms) {
  if (const SysResult<void> begun = begin(); !begun) {
    return begun;
  }
  if (timeout_ms < 0) {
    return FromUring(io_uring_submit_and_wait(&ring_, 1));
  }
  if (timeout_ms == 0) {
    return FromUring(io_uring_submit_and_get_events(&ring_));
  }
  __kernel_timespec timeout{.tv_sec = timeout_ms / 1000,
                            .tv_nsec = (timeout_ms % 1000) * 1'000'000LL};
  io_uring_cqe* first = nullptr;
  const int rc = io_uring_submit_and_wait_timeout(&ring_, &first, 1, &timeout, nullptr);
  return rc == -ETIME ? Ok() : FromUring(rc);
}

bool KernelRing::next(Completion& completion) {
  io_uring_cqe* entry = nullptr;
  if (io_uring_peek_cqe(&ring_, &entry) != 0) {
    return false;
  }
  completion = {.user_data = entry->user_data,
                .result = entry->res,
                .more = (entry->flags & IORING_CQE_F_MORE) != 0,
                .buffer = -1};
  if ((entry->flags & IORING_CQE_F_BUFFER) != 0) {
    completion.buffer = static_cast<int>(entry->flags >> IORING_CQE_BUFFER_SHIFT);
  }
  io_uring_cqe_seen(&ring_, entry);
  return true;
}

}  // namespace eagain
