// What is to happen, and when: the events of a simulation in order of virtual time. Events of one
// moment happen in the order in which they were put in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace eagain::sim {

// Nanoseconds since the simulation began.
using Time = int64_t;
constexpr Time kNever = std::numeric_limits<Time>::max();
constexpr Time kMicrosecond = 1'000;
constexpr Time kMillisecond = 1'000'000;
constexpr Time kSecond = 1'000'000'000;

// Who an event happens to. What was meant for an earlier life of the object does not happen.
class EventTarget {
 public:
  virtual void on_event(uint32_t what) = 0;

  // Forgets every event that is under way to this object.
  void forget_events() { ++generation_; }

 protected:
  ~EventTarget() = default;

 private:
  friend class Agenda;
  uint32_t generation_ = 0;
};

class Agenda {
 public:
  void put(Time at, EventTarget& target, uint32_t what) {
    const Event event{at, &target, what, target.generation_};
    size_t place = events_.size();
    events_.push_back(event);
    for (; place > next_ && events_[place - 1].at > at; --place) {
      events_[place] = events_[place - 1];
    }
    events_[place] = event;
  }

  // When the first event is due; kNever if there is none.
  Time first() const { return next_ == events_.size() ? kNever : events_[next_].at; }

  // Makes the first event happen.
  void happen() {
    const Event event = events_[next_++];
    if (next_ == events_.size() || next_ == kMostPast) {
      events_.erase(events_.begin(), events_.begin() + static_cast<ptrdiff_t>(next_));
      next_ = 0;
    }
    if (event.target->generation_ == event.generation) {
      event.target->on_event(event.what);
    }
  }

  void clear() {
    events_.clear();
    next_ = 0;
  }

 private:
  struct Event {
    Time at;
    EventTarget* target;
    uint32_t what;
    uint32_t generation;
  };
  static constexpr size_t kMostPast = 256;

  // Sorted; those before `next_` have happened. There are few at any time, and what is put in mostly
  // happens last: this costs less than a heap.
  std::vector<Event> events_;
  size_t next_ = 0;
};

}  // namespace eagain::sim
