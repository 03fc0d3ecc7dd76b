#include "eagain/driver/transcript.h"

#include <fmt/format.h>

#include <utility>

#include "eagain/driver/wording.h"

namespace eagain::driver {
namespace {

// A check of a hundred thousand messages is told by its beginning and its end; what lies between
// is kept as far as a timeline can show it.
constexpr size_t kMostEvents = 20000;

bool CountsBytes(EventKind kind) { return kind == EventKind::kSend || kind == EventKind::kReceive; }

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
    case EventKind::kServer:
      return "server: " + event.text;
    case EventKind::kNote:
      return event.text;
  }
  return event.text;
}

}  // namespace

Transcript::Transcript() : start_(std::chrono::steady_clock::now()) {}

void Transcript::add(int client, EventKind kind, uint64_t bytes, std::string text) {
  if (!events_.empty()) {
    Event& last = events_.back();
    if (CountsBytes(kind) && last.client == client && last.kind == kind) {
      last.bytes += bytes;
      last.text.clear();  // it was an excerpt of the first part only
      return;
    }
    if (events_.size() >= kMostEvents && CountsBytes(kind)) {
      ++left_out_;
      return;
    }
  }
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start_);
  events_.push_back({at, client, kind, bytes, std::move(text)});
}

void Transcript::note(std::string text) { add(0, EventKind::kNote, 0, std::move(text)); }

std::vector<std::string> Transcript::steps(size_t most) const {
  std::vector<std::string> steps;
  const size_t head = most - most / 2;
  const size_t tail = most / 2;
  const size_t total = events_.size() + left_out_;
  for (size_t i = 0; i < events_.size(); ++i) {
    if (total <= most || i < head || i + tail >= events_.size()) {
      steps.push_back(Told(events_[i]));
    } else if (i == head) {
      steps.push_back(fmt::format("({} more steps)", Grouped(total - head - tail)));
    }
  }
  return steps;
}

}  // namespace eagain::driver
