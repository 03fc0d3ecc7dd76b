#include "eagain/checks/memory_logs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/algorithm/string/trim_all.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <utility>

namespace eagain::checks {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostLogs = 500;
constexpr size_t kMostOfLog = size_t{1} << 20;

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// A server can put what it likes into the folder: only regular files are read, and never for long.
std::string ReadLog(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) {
    return {};
  }
  std::string text;
  struct stat status {};
  if (::fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
    text.resize(kMostOfLog);
    size_t filled = 0;
    for (ssize_t count = 1; count > 0 && filled < text.size();
         filled += static_cast<size_t>(count)) {
      count = std::max<ssize_t>(::read(fd, text.data() + filled, text.size() - filled), 0);
    }
    text.resize(filled);
  }
  ::close(fd);
  return text;
}

std::string MapsOf(pid_t pid) { return ReadLog(fmt::format("/proc/{}/maps", pid)); }

std::string UsersOptions(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

void AddOptions(driver::ServerCommand& command, const char* variable, const std::string& options) {
  const std::string users = UsersOptions(variable);
  command.extra_environment.push_back(
      fmt::format("{}={}{}{}", variable, users, users.empty() ? "" : ":", options));
}

}  // namespace

MemoryLogs::MemoryLogs(const MemoryWatch& watch)
    : watch_(watch), folder_("eagain-memory-", watch.folder) {}

std::string MemoryLogs::prefix() const { return fmt::format("server-{}.", servers_); }

void MemoryLogs::start(driver::ServerCommand& command, bool traced) {
  ++servers_;
  traced_ = traced;
  const std::string log = fmt::format("{}/server-{}", folder_.path(), servers_);
  if (watch_.tool == MemoryTool::kValgrind) {
    std::vector<std::string> argv = {"valgrind",
                                     fmt::format("--log-file={}.%p", log),
                                     "--leak-check=full",
                                     "--show-leak-kinds=definite",
                                     "--trace-children=yes",
                                     "--child-silent-after-fork=no",
                                     "--num-callers=20",
                                     "--vgdb=no"};
    if (watch_.untrusted) {
      argv.emplace_back("--command-line-only=yes");
    }
    argv.insert(argv.end(), command.argv.begin(), command.argv.end());
    command.argv = std::move(argv);
    return;
  }
  const std::string common = fmt::format("log_path='{}'{}", log, watch_.ask ? ":verbosity=1" : "");
  leaks_forbidden_ = Contains(UsersOptions("ASAN_OPTIONS"), "detect_leaks=0");
  const std::string leaks = traced ? ":detect_leaks=0" : leaks_forbidden_ ? "" : ":detect_leaks=1";
  // The statistics at the end show that the program came to the end at which leaks are looked for.
  AddOptions(command, "ASAN_OPTIONS", common + ":atexit=1" + leaks);
  AddOptions(command, "LSAN_OPTIONS", common + leaks);
  AddOptions(command, "UBSAN_OPTIONS", common + ":print_stacktrace=1");
  AddOptions(command, "MSAN_OPTIONS", common);
  AddOptions(command, "TSAN_OPTIONS", common);
}

std::vector<std::string> MemoryLogs::logs(std::string_view prefix) const {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator at(folder_.path(), error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().filename().string().starts_with(prefix) && paths.size() < kMostLogs) {
      paths.push_back(at->path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts;
  std::transform(paths.begin(), paths.end(), std::back_inserter(texts), ReadLog);
  return texts;
}

std::vector<MemoryReport> MemoryLogs::read(std::string_view prefix) const {
  std::vector<MemoryReport> all;
  for (const std::string& log : logs(prefix)) {
    std::vector<MemoryReport> of_log =
        watch_.tool == MemoryTool::kValgrind ? ReadValgrindLog(log) : ReadSanitizerLog(log);
    std::move(of_log.begin(), of_log.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<MemoryReport> MemoryLogs::reports() const { return read("server-"); }
std::vector<MemoryReport> MemoryLogs::newest_reports() const { return read(prefix()); }

std::string MemoryLogs::why_no_leak_check(const std::vector<pid_t>& pids) const {
  const bool by_valgrind = watch_.tool == MemoryTool::kValgrind;
  if (leaks_forbidden_ && !by_valgrind) {
    return "ASAN_OPTIONS says detect_leaks=0";
  }
  if (traced_ && !by_valgrind) {
    return "LeakSanitizer cannot look at a program whose system calls are traced";
  }
  for (const pid_t pid : pids) {
    const std::string log = ReadLog(fmt::format("{}/{}{}", folder_.path(), prefix(), pid));
    if (Contains(log, "LeakSanitizer has encountered a fatal error")) {
      return "LeakSanitizer cannot look here: it needs what a debugger needs (ptrace)";
    }
    const bool looked =
        by_valgrind ? Contains(log, "LEAK SUMMARY") || Contains(log, "All heap blocks were freed")
                    : Contains(log, "ERROR: LeakSanitizer: detected") ||
                          Contains(log, "AddressSanitizer exit stats");
    if (looked) {
      return {};
    }
  }
  return "the server ended without exit(3), in which leaks are looked for: by _exit(2), perhaps";
}

std::string MemoryLogs::why_given_up() const {
  constexpr std::string_view kOfItself = "== Valgrind:";
  std::string said;
  for (const std::string& log : logs(prefix())) {
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
      if (const size_t at = line.find(kOfItself); at != std::string::npos) {
        said += line.substr(at + kOfItself.size());
      }
    }
  }
  boost::algorithm::trim_all(said);
  return said;
}

std::vector<std::string> MemoryLogs::sanitizers(const std::vector<pid_t>& pids) const {
  std::string seen;
  for (const std::string& log : logs(prefix())) {
    seen += log;
  }
  for (const pid_t pid : pids) {
    seen += MapsOf(pid);
  }
  struct Sign {
    const char* name;
    std::vector<std::string_view> any;
  };
  const Sign signs[] = {
      {"AddressSanitizer", {"AddressSanitizer", "/libasan.so", "libclang_rt.asan"}},
      {"ThreadSanitizer", {"ThreadSanitizer", "/libtsan.so", "libclang_rt.tsan"}},
      {"MemorySanitizer", {"MemorySanitizer", "libclang_rt.msan"}},
      {"LeakSanitizer", {"/liblsan.so", "libclang_rt.lsan"}},
      {"UndefinedBehaviorSanitizer", {"/libubsan.so", "libclang_rt.ubsan"}},
  };
  std::vector<std::string> found;
  for (const Sign& sign : signs) {
    if (std::any_of(sign.any.begin(), sign.any.end(),
                    [&](std::string_view part) { return Contains(seen, part); })) {
      found.emplace_back(sign.name);
    }
  }
  // It has no name for itself; but only a sanitizer heeds these options.
  if (found.empty() && !logs(prefix()).empty()) {
    found.emplace_back("UndefinedBehaviorSanitizer");
  }
  return found;
}

}  // namespace eagain::checks
