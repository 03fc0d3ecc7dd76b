// KernelRing: the ring itself, by liburing. See ring.h; io_uring(7).
#pragma once

#include <liburing.h>

#include <memory>

#include "eagain/sys/ring.h"

namespace eagain {

class KernelRing final : public Ring {
 public:
  // A ring whose submission queue has room for `entries`. ENOSYS, EPERM or EACCES where io_uring is
  // switched off; ENOMEM.
  static SysResult<std::unique_ptr<Ring>> Make(unsigned entries);
  ~KernelRing() override;

  SysResult<void> provide_buffers(unsigned count, size_t bytes) override;
  std::span<char> buffer(int number) override;
  void give_back(int number) override;
  SysResult<void> prepare(const Submission& submission) override;
  SysResult<void> submit(int timeout_ms) override;
  bool all_handed_over() const override { return io_uring_sq_ready(&ring_) == 0; }
  bool next(Completion& completion) override;

 private:
  KernelRing() = default;
  SysResult<void> begin();
  io_uring_sqe* free_entry();

  io_uring ring_{};
  bool disabled_ = true;                // until the thread is known that submits
  io_uring_buf_ring* shelf_ = nullptr;  // the buffers that the kernel may choose from
  unsigned buffer_count_ = 0;
  size_t buffer_bytes_ = 0;
  char* buffers_ = nullptr;
};

}  // namespace eagain
