#include "eagain/driver/proc_stats.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <numeric>
#include <optional>
#include <string_view>

#include "eagain/driver/proc_files.h"

namespace eagain::driver {
namespace {

using std::chrono::nanoseconds;

// The clock of a process: all of its threads, ended ones too, in nanoseconds. See
// clock_getcpuclockid(3).
nanoseconds ProcessCpu(pid_t pid, nanoseconds otherwise) {
  clockid_t clock = 0;
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) {
    return otherwise;
  }
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

ThreadSample SampleThread(const std::string& directory, pid_t tid, const StatLine& stat) {
  ThreadSample thread;
  thread.tid = tid;
  thread.state = stat.state;
  thread.cpu = stat.cpu;
  if (const auto sched = ReadSchedStat(directory)) {
    thread.cpu = sched->cpu;
    thread.run_delay = sched->run_delay;
    thread.timeslices = sched->timeslices;
  }
  return thread;
}

void CountDescriptors(const std::string& process, ProcessSample& sample) {
  const std::string fds = process + "/fd";
  for (const int fd : NumbersIn(fds)) {
    std::array<char, 32> target{};
    const auto length =
        ::readlink((fds + "/" + std::to_string(fd)).c_str(), target.data(), target.size());
    if (length < 0) {
      continue;  // closed meanwhile
    }
    ++sample.descriptors;
    if (std::string_view(target.data(), static_cast<size_t>(length)).starts_with("socket:")) {
      ++sample.sockets;
    }
  }
}

// stat's count of pages lags behind by what each CPU has not handed in yet; the rollup is exact.
uint64_t ResidentBytes(const std::string& process, uint64_t otherwise) {
  if (const auto rollup = ReadProcFile(process + "/smaps_rollup")) {
    if (const auto kilobytes = NumberAfter(*rollup, "Rss:")) {
      return *kilobytes * 1024;
    }
  }
  return otherwise;
}

std::optional<ProcessSample> SampleProcess(pid_t pid, Detail detail) {
  const std::string process = "/proc/" + std::to_string(pid);
  const auto stat = ReadStat(process);
  if (!stat) {
    return std::nullopt;
  }
  ProcessSample sample;
  sample.pid = pid;
  sample.parent = stat->parent;
  sample.name = stat->name;
  sample.zombie = stat->state == 'Z' || stat->state == 'X';
  sample.cpu = ProcessCpu(pid, stat->cpu);
  for (const int tid : NumbersIn(process + "/task")) {
    const std::string task = process + "/task/" + std::to_string(tid);
    const auto line = ReadStat(task);
    if (!line) {
      continue;
    }
    sample.threads.push_back(SampleThread(task, tid, *line));
    if (detail == Detail::kAll) {
      if (const auto status = ReadProcFile(task + "/status")) {
        sample.threads.back().wakeups =
            NumberAfter(*status, "voluntary_ctxt_switches:").value_or(0);
      }
    }
  }
  if (detail == Detail::kAll && !sample.zombie) {
    sample.rss_bytes = ResidentBytes(process, stat->rss_bytes);
    CountDescriptors(process, sample);
  }
  return sample;
}

// It ended after the look at the tree, which else had waited for it.
bool IsEndedOrphan(const ProcessSample& process, pid_t root) {
  return process.zombie && process.parent == ::getpid() && process.pid != root;
}

template <typename Member>
auto Sum(const std::vector<ProcessSample>& processes, Member member) {
  using Value = std::decay_t<decltype(processes.front().*member)>;
  return std::accumulate(
      processes.begin(), processes.end(), Value{},
      [&](const Value& sum, const ProcessSample& one) { return sum + one.*member; });
}

}  // namespace

std::chrono::nanoseconds TreeSample::cpu() const { return Sum(processes, &ProcessSample::cpu); }
uint64_t TreeSample::rss_bytes() const { return Sum(processes, &ProcessSample::rss_bytes); }
int TreeSample::descriptors() const { return Sum(processes, &ProcessSample::descriptors); }
int TreeSample::sockets() const { return Sum(processes, &ProcessSample::sockets); }

int TreeSample::threads() const {
  size_t count = 0;
  for (const ProcessSample& process : processes) {
    count += process.zombie ? 0 : process.threads.size();
  }
  return static_cast<int>(count);
}

int TreeSample::zombies() const {
  return static_cast<int>(std::count_if(processes.begin(), processes.end(),
                                        [](const ProcessSample& one) { return one.zombie; }));
}

bool TreeSample::asleep() const {
  for (const ProcessSample& process : processes) {
    for (const ThreadSample& thread : process.threads) {
      if (thread.state == 'R' || thread.state == 'D') {
        return false;
      }
    }
  }
  return true;
}

std::chrono::nanoseconds CpuOf(pid_t root) {
  nanoseconds sum{};
  for (const pid_t pid : ProcessTree(root)) {
    sum += ProcessCpu(pid, {});
  }
  return sum;
}

TreeSample SampleTree(pid_t root, Detail detail) {
  TreeSample sample;
  for (const pid_t pid : ProcessTree(root)) {
    auto process = SampleProcess(pid, detail);
    if (process && !IsEndedOrphan(*process, root)) {
      sample.processes.push_back(std::move(*process));
    }
  }
  if (const pid_t tracer = TracerOf(root); tracer != 0) {
    if (auto process = SampleProcess(tracer, Detail::kThreads)) {
      sample.tracer = std::move(process->threads);
    }
  }
  return sample;
}

}  // namespace eagain::driver
