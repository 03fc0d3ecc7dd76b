// How servers are started so that their memory is watched, and what the tool wrote of them: by a
// sanitizer that the program was built with, or by valgrind's memcheck, which runs any program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "eagain/checks/memory_report.h"
#include "eagain/driver/server_process.h"
#include "eagain/driver/temporary_folder.h"

namespace eagain::checks {

// Why the memory checks are skipped when there is neither.
inline constexpr std::string_view kNobodyWatchesMemory =
    "nobody watches the server's memory: give a build with sanitizers (--sanitized 'CMD {port}'), "
    "or "
    "--valgrind";

enum class MemoryTool { kSanitizers, kValgrind };

// Part of what a check is told.
struct MemoryWatch {
  MemoryTool tool = MemoryTool::kSanitizers;
  bool leaks = true;  // stop the server in the end, so that the tool looks for leaks
  bool ask = false;   // let sanitizers tell that they are there: they say much else as well then
  std::string folder = {};  // for the logs; empty: the system's for temporary files
  bool untrusted = false;   // no options of valgrind's from files in the server's folder
};

// The logs of all servers of one check, in a folder that goes with this object.
class MemoryLogs {
 public:
  // Throws driver::HarnessError when there can be no folder.
  explicit MemoryLogs(const MemoryWatch& watch);

  const MemoryWatch& watch() const { return watch_; }

  // Makes it the command of the next server, whose logs are apart from those before. What the user
  // says in ASAN_OPTIONS and its like stays, but for where reports go. `traced` (ptrace(2)):
  // LeakSanitizer would end the program with an error, and is told not to look.
  void start(driver::ServerCommand& command, bool traced);

  // Of all servers so far; of a log, at most the first MiB.
  std::vector<MemoryReport> reports() const;
  // Of the newest server alone.
  std::vector<MemoryReport> newest_reports() const;

  // Why the tool did not look for leaks as the newest server ended, of whose processes `pids` were asked
  // to; empty when it did.
  std::string why_no_leak_check(const std::vector<pid_t>& pids) const;
  // What valgrind says of itself where it could not go on with the newest server; else empty.
  std::string why_given_up() const;
  // With `ask`: the sanitizers in the newest server, whose processes these are.
  std::vector<std::string> sanitizers(const std::vector<pid_t>& pids) const;

 private:
  std::string prefix() const;
  std::vector<std::string> logs(std::string_view prefix) const;
  std::vector<MemoryReport> read(std::string_view prefix) const;

  MemoryWatch watch_;
  driver::TemporaryFolder folder_;
  int servers_ = 0;
  bool traced_ = false;
  bool leaks_forbidden_ = false;  // by the user
};

}  // namespace eagain::checks
