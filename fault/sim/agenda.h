// What is to happen, and when: the events of a simulation in order of virtual time. Events of one
// moment happen in the order in which they were put in, so nothing depends on a heap's whims.
#pragma once

#include <algorithm>
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
    events_.push_back({at, order_++, &target, what, target.generation_});
    std::push_heap(events_.begin(), events_.end(), Later());
  }

  // When the first event is due; kNever if there is none.
  Time first() const { return events_.empty() ? kNever : events_.front().at; }

  // Makes the first event happen.
  void happen() {
    std::pop_heap(events_.begin(), events_.end(), Later());
    const Event event = events_.back();
    events_.pop_back();
    if (event.target->generation_ == event.generation) {
      event.target->on_event(event.what);
    }
  }

  void clear() {
    events_.clear();
    order_ = 0;
  }

 private:
  struct Event {
    Time at;
    uint64_t order;
    EventTarget* target;
    uint32_t what;
    uint32_t generation;
  };
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };

  std::vector<Event> events_;
  uint64_t order_ = 0;
};

}  // namespace eagain::sim
