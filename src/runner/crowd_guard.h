// CrowdGuard: in a PID namespace of its own, ends all other processes when they use more memory than they
// may, or are as many as there can be: a program that forks until it cannot goes on trying, and the
// machine has little time left for anybody else. Where the kernel lets a process have a control group this is done better by that;
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

class CrowdGuard {
 public:
  // Begins. Call it in process 1 of a PID namespace only: everything else in it is guarded.
  CrowdGuard(uint64_t most_bytes, uint64_t most_processes);
  ~CrowdGuard();
  CrowdGuard(const CrowdGuard&) = delete;
  CrowdGuard& operator=(const CrowdGuard&) = delete;

  // How much they had, or how many they were, when they were ended; nothing while all is well.
  std::optional<uint64_t> exceeded_bytes() const { return ValueOf(bytes_); }
  std::optional<uint64_t> exceeded_processes() const { return ValueOf(processes_); }

 private:
  static std::optional<uint64_t> ValueOf(uint64_t value) {
    return value == 0 ? std::nullopt : std::optional(value);
  }
  void watch();
  void look();

  uint64_t most_bytes_;
  uint64_t most_processes_;
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> processes_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace eagain::runner
