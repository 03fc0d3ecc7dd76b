#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "eagain/checks/memory_report.h"
#include "eagain/checks/report_builder.h"

namespace eagain::checks {
namespace {

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Bytes that were never set, handed to the kernel: a mistake where a client gets them. Anywhere else
// they may lie between the members of a structure, as those of epoll_event do.
bool IsPaddingPerhaps(std::string_view kind) {
  if (!kind.starts_with("Syscall param ") || !Contains(kind, "uninitialised")) {
    return false;
  }
  for (const std::string_view call : {"write(", "writev(", "send(", "sendto(msg", "sendmsg("}) {
    if (kind.substr(std::string_view("Syscall param ").size()).starts_with(call)) {
      return false;
    }
  }
  return true;
}

// Whether a line without a stack above it begins an error.
bool IsError(std::string_view line) {
  for (const std::string_view begin :
       {"Invalid read of size", "Invalid write of size", "Invalid free()", "Mismatched free()",
        "Conditional jump or move depends on uninitialised", "Use of uninitialised value",
        "Syscall param ", "Source and destination overlap in ", "Argument '",
        "Jump to the invalid address", "Process terminating with default action of signal 11",
        "Process terminating with default action of signal 7"}) {
    if (line.starts_with(begin)) {
      return !IsPaddingPerhaps(line);
    }
  }
  return false;
}

// One process of those whose lines are mixed in a log.
class Process {
 public:
  explicit Process(pid_t pid) : pid_(pid) {}

  void line(std::string_view line, std::string_view whole) {
    if (begin(line)) {
      builder_.text(whole);
      return;
    }
    if (!builder_.is_open()) {
      return;
    }
    if (line.find_first_not_of(" \t") == std::string_view::npos) {
      builder_.finish();
      return;
    }
    builder_.text(whole);
    if (const auto frame = ParseValgrindFrame(line)) {
      builder_.frame(*frame);
    } else {
      title(line.substr(line.find_first_not_of(' ')));
    }
  }

  std::vector<MemoryReport> take() {
    builder_.finish();
    return builder_.take();
  }

 private:
  bool begin(std::string_view line) {
    const bool lost = Contains(line, " are definitely lost in loss record ") ||
                      Contains(line, " is definitely lost in loss record ");
    if (!lost && !IsError(line)) {
      return false;
    }
    MemoryReport report;
    report.tool = "valgrind";
    report.pid = pid_;
    report.concern = lost ? Concern::kLeak : Concern::kAddress;
    report.kind = lost ? "memory leak" : UpTo(line, {" 0x"});
    report.bytes = lost ? NumberAtFront(line) : 0;
    builder_.begin(std::move(report));
    if (lost) {
      builder_.stack(std::string(UpTo(line, {" in loss record"})) + ", allocated by");
    }
    return true;
  }

  // "Address 0x4a56064 is 0 bytes after a block of size 100 alloc'd", and then where that was.
  void title(std::string_view line) {
    if (const size_t is = line.find(" is ");
        line.starts_with("Address 0x") && is != std::string_view::npos) {
      builder_.stack(std::string(line.substr(is + std::string_view(" is ").size())));
    } else if (line.starts_with("Block was alloc'd at")) {
      builder_.stack("allocated by");
    } else {
      builder_.other_stack();
    }
  }

  pid_t pid_;
  ReportBuilder builder_;
};

}  // namespace

std::vector<MemoryReport> ReadValgrindLog(std::string_view log) {
  std::map<pid_t, Process> processes;
  ForEachLine(log, [&](std::string_view line) {
    std::string_view rest = line;
    if (const auto pid = TakePid(rest)) {
      rest.remove_prefix(rest.starts_with(' ') ? 1 : 0);
      processes.try_emplace(*pid, *pid).first->second.line(rest, line);
    }
  });
  std::vector<MemoryReport> reports;
  for (auto& [pid, process] : processes) {
    for (MemoryReport& report : process.take()) {
      reports.push_back(std::move(report));
    }
  }
  return reports;
}

}  // namespace eagain::checks
