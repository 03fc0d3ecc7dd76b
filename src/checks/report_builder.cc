#include "eagain/checks/report_builder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace eagain::checks {
namespace {

// A server that errs without end prints without end.
constexpr size_t kMostReports = 200;
constexpr size_t kMostText = 8192;
constexpr size_t kMostFrames = 200;
constexpr size_t kFramesWhereItHappened = 6;
constexpr size_t kFramesElsewhere = 4;
constexpr size_t kFramesInKey = 3;

}  // namespace

void ReportBuilder::begin(MemoryReport report) {
  finish();
  report_ = std::move(report);
  stack("");
  stacks_ = 0;
  keys_.clear();
}

void ReportBuilder::text(std::string_view line) {
  if (report_ && report_->text.size() + line.size() < kMostText) {
    report_->text.append(line).push_back('\n');
  }
}

void ReportBuilder::note(std::string line) {
  flush_stack();
  if (report_) {
    report_->lines.push_back(std::move(line));
  }
}

void ReportBuilder::stack(std::string title) {
  flush_stack();
  title_ = std::move(title);
  wanted_ = true;
}

void ReportBuilder::other_stack() {
  flush_stack();
  wanted_ = false;
}

void ReportBuilder::frame(StackFrame frame) {
  if (report_ && wanted_ && frames_.size() < kMostFrames) {
    frames_.push_back(std::move(frame));
  }
}

void ReportBuilder::flush_stack() {
  const std::vector<StackFrame> frames = std::exchange(frames_, {});
  const std::string title = std::exchange(title_, "");
  if (!report_ || !wanted_ || (frames.empty() && title.empty())) {
    return;
  }
  if (!title.empty()) {
    report_->lines.push_back(title);
  }
  const auto shown =
      FramesOfInterest(frames, stacks_ == 0 ? kFramesWhereItHappened : kFramesElsewhere);
  std::vector<std::string> key;
  for (size_t at = 0; at < shown.size(); ++at) {
    report_->lines.push_back(fmt::format("  #{} {}", at, Shown(shown[at])));
    if (at < kFramesInKey) {
      key.push_back(Shown(shown[at]));
    }
  }
  keys_.push_back(fmt::format("{}", fmt::join(key, ", ")));
  ++stacks_;
}

// A race is the same whichever of the two accesses came second.
void ReportBuilder::finish() {
  flush_stack();
  if (!report_) {
    return;
  }
  keys_.resize(std::min<size_t>(keys_.size(), report_->concern == Concern::kRace ? 2 : 1));
  std::sort(keys_.begin(), keys_.end());
  if (report_->key.empty()) {
    report_->key = fmt::format("{}, at {}", report_->kind, fmt::join(keys_, " and "));
  }
  if (reports_.size() < kMostReports) {
    reports_.push_back(std::move(*report_));
  }
  report_.reset();
}

std::string_view UpTo(std::string_view text, std::initializer_list<std::string_view> ends) {
  size_t length = text.size();
  for (const std::string_view end : ends) {
    length = std::min(length, text.find(end));
  }
  return text.substr(0, length);
}

std::optional<pid_t> TakePid(std::string_view& line) {
  if (!line.starts_with("==")) {
    return std::nullopt;
  }
  pid_t pid = 0;
  const char* end = line.data() + line.size();
  const auto [stop, error] = std::from_chars(line.data() + 2, end, pid);
  const std::string_view rest(stop, static_cast<size_t>(end - stop));
  if (error != std::errc{} || !rest.starts_with("==")) {
    return std::nullopt;
  }
  line = rest.substr(2);
  return pid;
}

uint64_t NumberAtFront(std::string_view text) {
  uint64_t number = 0;
  for (const char c : text) {
    if (c != ',' && (c < '0' || c > '9')) {
      break;
    }
    number = c == ',' ? number : number * 10 + static_cast<uint64_t>(c - '0');
  }
  return number;
}

}  // namespace eagain::checks
