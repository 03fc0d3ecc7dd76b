// MemoryGuard: in a PID namespace of its own, ends all other processes when they use more memory
// than they may. Where the kernel lets a process have a control group this is done better by that;
// most often it does not.
//
// It looks every 50 ms, so a program may have some 100 MiB more for a moment. What processes share
// is counted once (proc_pid_smaps(5), Pss), which matters to servers that fork; that costs time, so
// it is looked at only when the sum of what each has (Rss) is over the limit.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>

namespace eagain::runner {

class MemoryGuard {
 public:
  // Begins. Call it in process 1 of a PID namespace only: everything else in it is guarded.
  explicit MemoryGuard(uint64_t most_bytes);
  ~MemoryGuard();
  MemoryGuard(const MemoryGuard&) = delete;
  MemoryGuard& operator=(const MemoryGuard&) = delete;

  // How much they had when they were ended; nothing while all is well.
  std::optional<uint64_t> exceeded() const;

 private:
  void watch();

  uint64_t most_bytes_;
  std::atomic<uint64_t> exceeded_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace eagain::runner
