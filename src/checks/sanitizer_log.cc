#include <fmt/format.h>

#include <algorithm>
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

std::string_view Trimmed(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t");
  return first == std::string_view::npos
             ? std::string_view()
             : line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
}

// What a report of that tool is about; nothing for what breaks no requirement: an order of locks that
// might deadlock, a thread that was not joined, memory that ran out.
std::optional<Concern> ConcernOf(std::string_view tool, std::string_view kind) {
  if (Contains(kind, "out of memory") || Contains(kind, "CHECK failed")) {
    return std::nullopt;
  }
  if (tool != "ThreadSanitizer") {
    return Concern::kAddress;
  }
  if (Contains(kind, "race")) {
    return Concern::kRace;
  }
  const bool address =
      Contains(kind, "use-after-free") || Contains(kind, "SEGV") || Contains(kind, "BUS");
  return address ? std::optional(Concern::kAddress) : std::nullopt;
}

class Reader {
 public:
  std::vector<MemoryReport> read(std::string_view log) {
    ForEachLine(log, [this](std::string_view line) { this->line(line); });
    builder_.finish();
    return builder_.take();
  }

 private:
  void line(std::string_view line) {
    if (begin(line) || !builder_.is_open()) {
      return;
    }
    if (const auto frame = ParseSanitizerFrame(line)) {
      builder_.text(line);
      builder_.frame(*frame);
      return;
    }
    if (line.starts_with("=========") || line.starts_with("AddressSanitizer exit stats")) {
      builder_.finish();
      return;
    }
    builder_.text(line);
    if (line.starts_with("SUMMARY: ")) {
      builder_.finish();
      return;
    }
    title(Trimmed(line));
  }

  // Whether the line begins a report, or one that is passed over.
  bool begin(std::string_view line) {
    return begin_runtime_error(line) || begin_error(line) || begin_leak(line);
  }
  bool begin_error(std::string_view line);
  bool begin_runtime_error(std::string_view line);
  bool begin_leak(std::string_view line);
  void title(std::string_view line);
  void access(std::string_view line);

  ReportBuilder builder_;
  pid_t leaking_ = 0;  // whose leaks follow
};

// "==12==ERROR: AddressSanitizer: heap-use-after-free on address 0x60... at pc ...", "WARNING:
// ThreadSanitizer: data race (pid=12)".
bool Reader::begin_error(std::string_view line) {
  std::string_view rest = line;
  const auto pid = TakePid(rest);
  const bool is_error = rest.starts_with("ERROR: ");
  if (!is_error && !rest.starts_with("WARNING: ")) {
    return false;
  }
  rest.remove_prefix(rest.find(' ') + 1);
  const std::string_view tool = UpTo(rest, {": "});
  const bool warns = tool == "ThreadSanitizer" || tool == "MemorySanitizer";
  if (!tool.ends_with("Sanitizer") || Contains(tool, " ") || tool.size() == rest.size() ||
      (!is_error && !warns)) {
    return false;
  }
  builder_.finish();
  leaking_ = 0;
  const std::string_view told = rest.substr(tool.size() + 2);
  if (tool == "LeakSanitizer") {
    leaking_ = pid.value_or(-1);
    return true;
  }
  const std::string_view kind = UpTo(told, {" on address 0x", " on unknown address", " on 0x",
                                            ": 0x", ": memory ranges", " (pid=", " (0x", " 0x"});
  if (const auto concern = ConcernOf(tool, told)) {
    MemoryReport report;
    report.concern = *concern;
    report.tool = tool;
    report.kind = Trimmed(kind);
    report.pid = pid.value_or(0);
    builder_.begin(std::move(report));
    builder_.text(line);
  }
  return true;
}

// "server.c:11:44: runtime error: signed integer overflow: ...". It has no stack unless one was asked
// for.
bool Reader::begin_runtime_error(std::string_view line) {
  constexpr std::string_view kSays = ": runtime error: ";
  const size_t at = line.find(kSays);
  if (at == std::string_view::npos || at == 0 || line.front() == ' ') {
    return false;
  }
  const std::string_view place = line.substr(0, at);
  MemoryReport report;
  report.tool = "UndefinedBehaviorSanitizer";
  report.kind = line.substr(at + kSays.size());
  report.key = "undefined behaviour, at " + std::string(place);
  builder_.begin(std::move(report));
  builder_.text(line);
  builder_.note("at " + std::string(place));
  builder_.stack("");
  return true;
}

// "Direct leak of 100 byte(s) in 1 object(s) allocated from:". What only such objects refer to is an
// indirect leak, and goes with them.
bool Reader::begin_leak(std::string_view line) {
  if (leaking_ == 0) {
    return false;
  }
  if (line.starts_with("Indirect leak of ")) {
    builder_.finish();
    return true;
  }
  constexpr std::string_view kDirect = "Direct leak of ";
  if (!line.starts_with(kDirect)) {
    return false;
  }
  MemoryReport report;
  report.concern = Concern::kLeak;
  report.tool = "LeakSanitizer";
  report.kind = "memory leak";
  report.pid = leaking_;
  report.bytes = NumberAtFront(line.substr(kDirect.size()));
  builder_.begin(std::move(report));
  builder_.text(line);
  builder_.stack(std::string(UpTo(line, {" allocated from"})) + ", allocated by");
  return true;
}

// A line that says what the frames below it are, or more of what happened.
void Reader::title(std::string_view line) {
  std::string_view rest = line;
  if (TakePid(rest)) {  // of a signal
    if (rest.starts_with("The signal is caused by ") || rest.starts_with("Hint: address points")) {
      builder_.note(std::string(rest));
      builder_.stack("");
    }
    return;
  }
  if (Contains(line, "is located in stack of thread")) {
    builder_.stack("in the frame of");
  } else if (const size_t located = line.find("is located "); located != std::string_view::npos) {
    builder_.note(std::string(
        UpTo(line.substr(located + std::string_view("is located ").size()), {" [0x", " (0x"})));
    builder_.other_stack();
  } else if (const size_t quote = line.find('\'');
             Contains(line, "<== Memory access at") && quote != std::string_view::npos) {
    builder_.note(std::string(line.substr(quote)));
    builder_.other_stack();
  } else if (line.ends_with("created by main thread at:") || Contains(line, " created by ") ||
             Contains(line, " created at:")) {
    builder_.other_stack();
  } else {
    access(line);
  }
}

void Reader::access(std::string_view line) {
  if (line.ends_with(" here:")) {
    builder_.stack(std::string(UpTo(line, {" here:"})));
  } else if (Contains(line, " of size ") && Contains(line, " at 0x")) {
    std::string shown(UpTo(line, {" at 0x"}));
    const size_t by = line.find(" by ");  // which thread
    if (by != std::string_view::npos) {
      shown += UpTo(line.substr(by), {":", " ("});
    }
    builder_.stack(std::move(shown));
  }
}

}  // namespace

std::vector<MemoryReport> ReadSanitizerLog(std::string_view log) { return Reader().read(log); }

}  // namespace eagain::checks
