// Transcript: what happened, in the order in which it happened. The numbered steps of a failure,
// and the lanes of a timeline, are made from it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace eagain::driver {

enum class EventKind {
  kConnect,
  kSend,
  kReceive,
  kHalfClose,
  kClose,
  kReset,
  kEof,
  kServer,
  kNote
};

struct Event {
  std::chrono::microseconds at{};  // since the transcript began
  int client = 0;                  // the lane: 1, 2, ...; 0 is the server or the harness
  EventKind kind = EventKind::kNote;
  uint64_t bytes = 0;  // sent or received
  std::string text;    // for kNote and kServer; for bytes, a short excerpt
};

class Transcript {
 public:
  Transcript();
  // Appends an event. A send or receive right after one of the same client and kind is added to it.
  // Of more than 20,000 events the beginning and the end are kept; a note stands for the middle.
  void add(int client, EventKind kind, uint64_t bytes = 0, std::string text = {});
  void note(std::string text);

  const std::vector<Event>& events() const { return events_; }
  // "client 1 connects", "client 1 sends 4 bytes: \"ping\"", ... without numbers; where there are
  // more than `most`, the middle is summed up in one line.
  std::vector<std::string> steps(size_t most = 40) const;

 private:
  std::chrono::steady_clock::time_point start_;
  std::vector<Event> events_;
  size_t left_out_ = 0;  // events for which the note at kKeptHead stands

  static constexpr size_t kMostEvents = 20000;
  static constexpr size_t kKeptHead = 5000;
  void leave_out_middle();
};

}  // namespace eagain::driver
