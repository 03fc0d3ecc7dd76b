// Ring: the submission queue of a traced program's io_uring, as it is when the program hands it to the
// kernel with io_uring_enter(2): mapped into the injector, where entries can be read and changed. The
// kernel takes a copy of each entry before the call returns; then they are put back.
//
// Reached: entries of sockets that are named by a descriptor. Not reached: a queue that the kernel polls by
// itself (IORING_SETUP_SQPOLL), one in memory of the program's own (IORING_SETUP_NO_MMAP), and registered
// files. A multishot request is one entry, however often it completes.
//
// See io_uring(7), io_uring_setup(2).
#pragma once

#include <linux/io_uring.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eagain/fault/plan/plan_run.h"

namespace eagain::fault {

class Ring {
 public:
  // `fd` is the injector's own descriptor of it, open during this call; `submitted` is what the program
  // hands over. Empty when it cannot be mapped.
  Ring(int fd, const io_uring_params& params, uint32_t submitted);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // The entries that are about to be taken, in their order.
  const std::vector<io_uring_sqe*>& entries() const { return entries_; }

  // Both remember what the entry was. At most so many bytes, each time that it completes; with
  // MSG_WAITALL that is a failure, so that there is a completion whatever was asked:
  void shorten(io_uring_sqe& entry, uint32_t most);
  // Does nothing, and completes with -error. Needs Linux 6.10: see CanFail().
  void fail(io_uring_sqe& entry, int error);
  static bool CanFail();

  bool changed() const { return !before_.empty(); }
  // After the call: all entries as they were.
  void restore();

 private:
  void remember(io_uring_sqe& entry);

  void* queue_ = nullptr;
  size_t queue_bytes_ = 0;
  void* entry_memory_ = nullptr;
  size_t entry_bytes_ = 0;
  std::vector<io_uring_sqe*> entries_;
  std::vector<std::pair<io_uring_sqe*, io_uring_sqe>> before_;
};

// What a plan calls the operation; nothing for one that no rule can name.
std::optional<Call> CallOf(const io_uring_sqe& entry);
// Why a rule cannot reach it; empty when it can.
std::string WhyOutOfReach(const io_uring_sqe& entry);
bool IsMultishot(const io_uring_sqe& entry);
std::string WhyOutOfReach(const io_uring_params& params);

}  // namespace eagain::fault
