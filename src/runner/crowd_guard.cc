#include "eagain/runner/crowd_guard.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "eagain/driver/proc_files.h"

namespace eagain::runner {
namespace {

using Clock = std::chrono::steady_clock;

std::string Directory(int pid) { return "/proc/" + std::to_string(pid); }

uint64_t Resident(int pid) {
  const auto stat = driver::ReadStat(Directory(pid));
  return stat ? stat->rss_bytes : 0;
}

uint64_t ShareOf(int pid) {
  const auto rollup = driver::ReadProcFile(Directory(pid) + "/smaps_rollup");
  const auto kilobytes = rollup ? driver::NumberAfter(*rollup, "Pss:") : std::nullopt;
  return kilobytes ? *kilobytes * 1024 : 0;
}

uint64_t SumOverOthers(uint64_t (*of)(int pid)) {
  uint64_t sum = 0;
  for (const int pid : driver::NumbersIn("/proc")) {
    sum += pid == getpid() ? 0 : of(pid);
  }
  return sum;
}

}  // namespace

CrowdGuard::CrowdGuard(uint64_t most_bytes, uint64_t most_processes)
    : most_bytes_(most_bytes), most_processes_(most_processes), thread_([this] { watch(); }) {}

CrowdGuard::~CrowdGuard() {
  over_ = true;
  thread_.join();
}

void CrowdGuard::look() {
  // The limit is of threads, with those of this process, so it is met by a few processes less.
  constexpr uint64_t kNearly = 8;
  const uint64_t processes = driver::NumbersIn("/proc").size();
  if (processes + kNearly >= most_processes_) {
    processes_ = std::max(processes, processes_.load());
    kill(-1, SIGKILL);  // all but this one
  } else if (SumOverOthers(Resident) > most_bytes_) {
    if (const uint64_t bytes = SumOverOthers(ShareOf); bytes > most_bytes_) {
      bytes_ = std::max(bytes, bytes_.load());
      kill(-1, SIGKILL);
    }
  }
}

void CrowdGuard::watch() {
  constexpr std::chrono::milliseconds kPause{50};
  while (!over_) {
    const auto begin = Clock::now();
    look();
    // With thousands of processes looking takes long: then it is done less often.
    std::this_thread::sleep_for(std::max<Clock::duration>(kPause, 5 * (Clock::now() - begin)));
  }
}

}  // namespace eagain::runner
