// The fault-plan language: which system calls of a server go wrong, when, and how.
//
// A plan is a few lines of text, in a file (*.plan) or on a command line; one rule a line, each to
// be read aloud like a sentence:
//
//   # A slow network: every third send moves one byte, and one client's connection breaks.
//   seed 42
//   send short 1 on client every 3
//   recv reset on client 2 at 4
//   accept EMFILE from 2 to 5
//   wait EINTR with probability 0.1 at most 20 times
//   recv EAGAIN on non-blocking client at 7 once
//   recv delay 20ms on client 3
//   bind EADDRINUSE from the start
//
// On a command line: --fault 'send short 1 on client every 3; wait EINTR every 2'
//
// The grammar (spaces separate words; within a rule the clauses after the outcome come in any
// order, each at most once):
//
//   plan      = [ statement ] { ( newline | ";" ) [ statement ] } ;
//   comment   = "#" { any character but newline } ;      (* anywhere *)
//   statement = "seed" number | rule ;
//   rule      = calls outcome { clause } ;
//   calls     = "recv" | "send" | "wait" | "accept"      (* a family of calls, call.h *)
//             | [ "exactly" ] call ;                     (* one call, by its manual page *)
//   outcome   = errno                                    (* the call fails with it *)
//             | "short" number                           (* moves at most so many bytes *)
//             | "only" number                            (* reports at most so many events *)
//             | "reordered"                              (* ready events in another order *)
//             | "delay" duration                         (* late, and otherwise as it was *)
//             | "reset" ;                                (* the peer resets the connection *)
//   clause    = "on" subject
//             | "at" number                              (* that call only *)
//             | "from" number [ "to" number ]            (* these calls, both ends included *)
//             | "every" number                           (* of those: every n-th *)
//             | "with" "probability" fraction            (* of those: by chance, seeded *)
//             | "once"
//             | "at" "most" number ( "time" | "times" )  (* then no more *)
//             | "from" "the" "start" ;                   (* also before the server listens *)
//   subject   = [ "blocking" | "non-blocking" ]
//               ( "listener" | "client" [ number ] | "any" ) ;
//   duration  = number ( "us" | "ms" | "s" ) ;
//   number    = digit { digit } ;                        (* from 1 on; the seed from 0 on *)
//   fraction  = "1" | "0." digit { digit } ;             (* at most six digits, not 0 *)
//   errno     = "EAGAIN" | "ECONNRESET" | ... ;          (* errno(3) *)
//   call      = "read" | "readv" | ... ;                 (* call.h *)
//
// What it means:
//  * "recv", "send", "wait" and "accept" alone are families. The one call that shares a family's
//    name is written with "exactly": "exactly accept EMFILE" leaves accept4 alone. A family's rule
//    selects those of its calls that can have the outcome ("wait reordered": the epoll calls).
//  * Subjects: "client" is a connection that the server accepted, "client 2" the second one of the
//    process; "listener" is a listening socket; "any", or no "on" at all, is either. Other
//    descriptors (files, pipes, eventfds, connections that the server itself makes) are left alone.
//    A wait has no subject.
//  * Counting is per rule and per process, not per thread: a rule counts the calls that it selects,
//    on its subject, from the moment it is armed; the first is 1. A rule is armed when the server
//    listens (listen(2) succeeded), or "from the start". "from 10 every 3" is 12, 15, 18. Calls
//    that ask for no more than "short" or "only" leave them are not counted: there is nothing to
//    shorten.
//  * Several rules may select one call. All of them count it. The delays that are due add up. Of
//    the other outcomes, the first in the order of the plan that is due and legal at that moment
//    happens; the rest are passed over for that call and have not fired.
//  * Chance depends on the seed, the rule's place in the plan and the number of the call, on
//    nothing else: same seed, same plan, same calls, same faults. A seed given outside the plan
//    (--seed) wins.
//  * A plan is parsed with legality.h in mind: what no kernel does is refused.
//
// Reading plans: parser.h. Writing them: printer.h. Applying them: plan_run.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <variant>
#include <vector>

#include "eagain/fault/plan/call.h"

namespace eagain::fault {

// The call fails with this errno value.
struct Errno {
  int number = 0;
  bool operator==(const Errno&) const = default;
};

// The call really moves at most so many bytes.
struct Short {
  uint64_t bytes = 1;
  bool operator==(const Short&) const = default;
};

// The wait reports at most so many ready events; the others are reported next time.
struct Only {
  uint64_t events = 1;
  bool operator==(const Only&) const = default;
};

// The wait reports its events in another order.
struct Reordered {
  bool operator==(const Reordered&) const = default;
};

// The call is made so much later, and is otherwise what it would have been.
struct Delay {
  std::chrono::microseconds duration{0};
  bool operator==(const Delay&) const = default;
};

// The peer resets the connection just before the call; this call and all later ones answer what
// they answer on a connection that was reset.
struct Reset {
  bool operator==(const Reset&) const = default;
};

using Outcome = std::variant<Errno, Short, Only, Reordered, Delay, Reset>;

enum class Role : uint8_t {
  kAny,       // in a rule only: a listener or a client
  kListener,  // a listening socket
  kClient,    // a connection that the server accepted
  kOther,     // in an event only: no rule that has a subject selects it
};

enum class Mode : uint8_t { kAny, kBlocking, kNonBlocking };

struct Subject {
  Role role = Role::kAny;
  Mode mode = Mode::kAny;
  uint64_t connection = 0;  // the k-th accepted connection, from 1 on; 0 is any. Clients only.
  bool operator==(const Subject&) const = default;
};

inline constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();
inline constexpr uint32_t kCertain = 1'000'000;

struct When {
  uint64_t from = 1;
  uint64_t to = kUnlimited;
  uint64_t every = 1;
  uint32_t probability_ppm = kCertain;  // millionths
  uint64_t times = kUnlimited;
  bool operator==(const When&) const = default;
};

struct Rule {
  CallSelector calls = Family::kRecv;
  Outcome outcome = Short{};
  Subject on;
  When when;
  bool from_the_start = false;

  // No kernel does this, or not to this subject, or not for ever: see Judge() in legality.h.
  bool hostile() const;
  bool operator==(const Rule&) const = default;
};

struct Plan {
  std::optional<uint64_t> seed;
  std::vector<Rule> rules;

  // Whether any rule is.
  bool hostile() const;
  bool operator==(const Plan&) const = default;
};

}  // namespace eagain::fault
