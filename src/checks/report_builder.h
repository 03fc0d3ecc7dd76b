// Puts a MemoryReport together while a tool's log is read line by line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/checks/memory_report.h"
#include "eagain/checks/stack_frames.h"

namespace eagain::checks {

class ReportBuilder {
 public:
  // Begins a report; one that is under way is finished first.
  void begin(MemoryReport report);
  bool is_open() const { return report_.has_value(); }
  // A line of the report's text, as printed.
  void text(std::string_view line);
  // What is to be shown as it is: "0 bytes after a block of size 100".
  void note(std::string line);
  // The frames that follow are of this stack: "freed by". One without a title is where it happened.
  void stack(std::string title);
  // The frames that follow are of no interest.
  void other_stack();
  void frame(StackFrame frame);
  void finish();

  // All that were finished.
  std::vector<MemoryReport> take() { return std::move(reports_); }

 private:
  void flush_stack();

  std::optional<MemoryReport> report_;
  std::string title_;
  bool wanted_ = true;
  std::vector<StackFrame> frames_;
  int stacks_ = 0;                 // that are in the report
  std::vector<std::string> keys_;  // of each of them
  std::vector<MemoryReport> reports_;
};

// The lines of a text, without their ends.
template <typename Function>
void ForEachLine(std::string_view text, Function function) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    function(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// The text up to where one of these begins.
std::string_view UpTo(std::string_view text, std::initializer_list<std::string_view> ends);

// Takes "==123==" off the front; nothing when it does not begin so.
std::optional<pid_t> TakePid(std::string_view& line);

// The number that the text begins with, which may have commas: "1,024 bytes".
uint64_t NumberAtFront(std::string_view text);

}  // namespace eagain::checks
