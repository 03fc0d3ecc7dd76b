#include "eagain/driver/transcript.h"

#include <fmt/format.h>

#include <utility>

#include "eagain/driver/wording.h"

namespace eagain::driver {
namespace {

bool CountsBytes(EventKind kind) { return kind == EventKind::kSend || kind == EventKind::kReceive; }

bool IsStep(const Event& event) {
  return event.kind <= EventKind::kNote || event.kind == EventKind::kFault;
}

std::string Told(const Event& event) {
  const auto client = [&](std::string_view does) {
    return event.text.empty() ? fmt::format("client {} {}", event.client, does)
                              : fmt::format("client {} {}: {}", event.client, does, event.text);
  };
  switch (event.kind) {
    case EventKind::kConnect:
      return client("connects");
    case EventKind::kSend:
      return client("sends " + Counted(event.bytes, "byte"));
    case EventKind::kReceive:
      return client("receives " + Counted(event.bytes, "byte"));
    case EventKind::kHalfClose:
      return client("shuts down its sending side (FIN)");
    case EventKind::kClose:
      return client("closes");
    case EventKind::kReset:
      return client("resets its connection (RST)");
    case EventKind::kEof:
      return client("sees the end of the stream");
    case EventKind::kFault:
      return "fault: " + event.text;
    default:
      return event.text;
  }
  return event.text;
}

std::string LeftOut(size_t count) { return fmt::format("({} more steps)", Grouped(count)); }

}  // namespace

Transcript::Transcript() : start_(std::chrono::steady_clock::now()) {}

void Transcript::add(int client, EventKind kind, uint64_t bytes, std::string text) {
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start_);
  if (!events_.empty()) {
    Event& last = events_.back();
    if (CountsBytes(kind) && last.client == client && last.kind == kind) {
      last.bytes += bytes;
      last.text.clear();  // it was an excerpt of the first part only
      last.until = at;
      return;
    }
  }
  events_.push_back({at, client, kind, bytes, std::move(text), {}});
  if (events_.size() > kMostEvents) {
    leave_out_middle();
  }
}

void Transcript::note(std::string text) { add(0, EventKind::kNote, 0, std::move(text)); }

void Transcript::leave_out_middle() {
  const auto from = events_.begin() + static_cast<std::ptrdiff_t>(kKeptHead);
  const auto to = from + static_cast<std::ptrdiff_t>(kMostEvents / 2);
  left_out_ += static_cast<size_t>(to - from) - (left_out_ > 0 ? 1 : 0);
  Event note{from->at, 0, EventKind::kNote, 0, LeftOut(left_out_), {}};
  *from = std::move(note);
  events_.erase(from + 1, to);
}

std::vector<std::string> Transcript::steps(size_t most) const {
  std::vector<const Event*> told;
  for (const Event& event : events_) {
    if (IsStep(event)) {
      told.push_back(&event);
    }
  }
  std::vector<std::string> steps;
  const size_t head = most - most / 2;
  const size_t tail = most / 2;
  for (size_t i = 0; i < told.size(); ++i) {
    if (told.size() <= most || i < head || i + tail >= told.size()) {
      steps.push_back(Told(*told[i]));
    } else if (i == head) {
      const size_t unseen = left_out_ > 0 ? left_out_ - 1 : 0;  // the note itself is no step
      steps.push_back(LeftOut(told.size() - head - tail + unseen));
    }
  }
  return steps;
}

}  // namespace eagain::driver
