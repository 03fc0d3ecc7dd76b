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
  kNote,
  // What is known beside the steps; a timeline shows it.
  kStall,       // this client waited in vain until now
  kUnaccepted,  // its connection is still in the backlog
  kAccept,      // the server has accepted its connection
  kFault,       // an injected fault fired
  kExit,        // the server was seen to have ended
  kVerdict      // the check failed; what follows was arranged to see what follows
};

struct Event {
  std::chrono::microseconds at{};  // since the transcript began
  int client = 0;                  // the lane: 1, 2, ...; 0 is the server or the harness
  EventKind kind = EventKind::kNote;
  uint64_t bytes = 0;  // sent or received
  std::string text;    // for bytes, a short excerpt; for those of lane 0, all that is to be said
  std::chrono::microseconds until{};  // of bytes that went in several parts, the last one; else 0
};

class Transcript {
 public:
  Transcript();
  // Appends an event. A send or receive right after one of the same client and kind is added to it.
  // Of more than 20,000 events the beginning and the end are kept; a note stands for the middle.
  void add(int client, EventKind kind, uint64_t bytes = 0, std::string text = {});
  void note(std::string text);

  const std::vector<Event>& events() const { return events_; }
  // "client 1 connects", "client 1 sends 4 bytes: \"ping\"", ... without numbers, and without what
  // is no step of a check (kStall, kUnaccepted, kAccept, kExit, kVerdict); where there are
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
