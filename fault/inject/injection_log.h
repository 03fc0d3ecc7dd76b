// What the injector writes while a program runs under it, and InjectionLog, which reads it - also
// while it is being written.
//
// The file holds one JSON object a line. Every line has "event" and "time": seconds of
// CLOCK_MONOTONIC, which is the same clock in every process of the machine. A line is written whole,
// and within a moment of what it tells: when the injector has nothing else to do. The lines:
//
//   {"event":"start","time":5312.000012,"version":1,"injector":4711,"pid":4710,"seed":1,
//    "hostile":false,"observe":false,"plan":"seed 1\nsend short 1 on client\n"}
//        First, and once. "pid" is the program, "injector" who traces it.
//
//   {"event":"call","time":...,"pid":4710,"tid":4712,"call":"recv","fd":7,"role":"client",
//    "connection":2,"asked":4096,"flags":"MSG_DONTWAIT","non_blocking":true,"edge_triggered":false,
//    "result":17,"got":"17 bytes"}
//        With --observe: a call that was made, when it returned. Without: accept and listen only.
//
//   {"event":"fired", ...as a call..., "rule":0,"nth":3,"outcome":"short 1","got":"1 byte",
//    "level":"must","rearmed":false,"hostile":false,
//    "rule_text":"send short 1 on client every 3","replay":"send short 1 on client at 3"}
//        A rule did this to the call. "got" is what the program was told.
//
//   {"event":"withheld", ...as a fault..., "reason":"the descriptor is blocking"}
//        A rule was due, and no kernel could have done this at that moment: nothing was done.
//
//   {"event":"note","time":...,"text":"descriptor 5 is an io_uring with SQPOLL: ..."}
//        What the injector cannot reach; each said once.
//
//   {"event":"end","time":...,"rules":[{"rule":"send short 1 on client every 3","seen":12,"fired":4,
//    "withheld":0,"idle":0}]}
//        When the first process of the program ends, and again if something happened after that:
//        the last one counts. It is written before the caller can learn that the program has ended. If
//        the injector or the whole program was killed by SIGKILL, it may be missing.
//
// Of a call, keys that mean nothing for it are absent: "fd" of a wait is the epoll's, and absent for
// select and poll; "role" is "listener", "client" or absent; "asked" is in bytes, of a wait the room
// for events; "timeout_ms" is a wait's, -1 for ever (rounded up). "flags" are the words of the manual
// page, with '|' between them: of recv, send, accept4, epoll_create1, eventfd; of socket its type; of
// epoll_ctl the operation and then the events ("EPOLL_CTL_ADD EPOLLIN|EPOLLET"). "result" is the number
// that the call returned, -errno if it failed.
//
// Thread-safety: an InjectionLog is one thread's.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eagain::fault {

struct InjectionRecord {
  enum class Kind { kStart, kCall, kFired, kWithheld, kNote, kEnd };

  struct RuleTotals {
    std::string rule;
    uint64_t seen = 0;  // as in RuleCount
    uint64_t fired = 0;
    uint64_t withheld = 0;
    uint64_t idle = 0;
  };

  Kind kind = Kind::kNote;
  std::chrono::microseconds time{};  // of CLOCK_MONOTONIC
  pid_t pid = 0;                     // kStart: the program's first process
  pid_t tid = 0;

  // kCall, kFired, kWithheld
  std::string call;  // "recv", as call.h names it
  int fd = -1;
  std::string role;  // "listener", "client", or empty
  uint64_t connection = 0;
  uint64_t asked = 0;
  std::string flags;
  std::optional<int64_t> timeout_ms;
  bool non_blocking = false;
  bool edge_triggered = false;
  std::optional<int64_t> result;
  std::string got;

  // kFired, kWithheld
  size_t rule = 0;  // index in the plan
  uint64_t nth = 0;
  std::string outcome;
  std::string level;
  bool rearmed = false;
  bool hostile = false;  // kStart: whether hostile faults were allowed
  std::string reason;    // kWithheld
  std::string rule_text;
  std::string replay;

  // kStart
  pid_t injector = 0;
  uint64_t seed = 0;
  bool observe = false;
  std::string plan;

  std::string text;               // kNote
  std::vector<RuleTotals> rules;  // kEnd

  // A line for a person: "fired: short 1: send on descriptor 7 (client 2), asked for 64, got 1 byte"
  std::string describe() const;
};

// A line of the log, without the newline; nothing, when it is not one.
std::optional<InjectionRecord> ParseInjectionRecord(std::string_view line);

class InjectionLog {
 public:
  explicit InjectionLog(std::string path) : path_(std::move(path)) {}

  // Reads what has been written since the last call, and returns how many records came. A line that
  // is still being written is left for the next time. A file that is not there yet has no lines.
  size_t update();

  const std::vector<InjectionRecord>& records() const { return records_; }
  // The lines that were not understood: none, unless something else wrote to the file.
  size_t bad_lines() const { return bad_lines_; }

  // The first and the last of their kind; nullptr before they were written.
  const InjectionRecord* start() const;
  const InjectionRecord* end() const;

  // How many faults fired so far, of all rules or of one.
  size_t fired() const;
  size_t fired(size_t rule) const;

 private:
  std::string path_;
  uint64_t offset_ = 0;
  std::string partial_;
  std::vector<InjectionRecord> records_;
  size_t bad_lines_ = 0;
};

}  // namespace eagain::fault
