// The files below /proc, read: proc(5). A process may end at any moment, so that a file which is
// not there is an answer like any other.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eagain::driver {

// The whole file; nothing when it cannot be read.
std::optional<std::string> ReadProcFile(const std::string& path);

// The entries of a directory below /proc that are numbers, in ascending order: pids, tids,
// descriptors.
std::vector<int> NumbersIn(const std::string& directory);

// What /proc/PID/stat (or /proc/PID/task/TID/stat) says.
struct StatLine {
  std::string name;
  char state = '?';
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  std::chrono::nanoseconds cpu{};  // user and system time; in clock ticks, so 10 ms apart
  uint64_t start_ticks = 0;        // since boot; with the pid it names a process for good
  uint64_t rss_bytes = 0;
};
std::optional<StatLine> ParseStat(std::string_view text);
std::optional<StatLine> ReadStat(const std::string& directory);  // "/proc/PID[/task/TID]"

// What /proc/PID/task/TID/schedstat says; nothing where the kernel has none.
struct SchedStat {
  std::chrono::nanoseconds cpu{};
  std::chrono::nanoseconds run_delay{};
  uint64_t timeslices = 0;
};
std::optional<SchedStat> ReadSchedStat(const std::string& directory);

// The number that follows `key` ("VmRSS:") in a file of lines.
std::optional<uint64_t> NumberAfter(std::string_view text, std::string_view key);

}  // namespace eagain::driver
