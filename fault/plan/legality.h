// What the kernel may do: the legality table, one row for each thing that a call can answer, with
// the condition under which it may and the manual page or standard that says so.
//
// A test suite that makes up answers accuses the innocent. One EAGAIN that was not true stalls a
// correct edge-triggered server for ever, since the kernel owes it no second edge. So:
//   * an outcome without a row is refused when the plan is read;
//   * a row whose condition nobody can meet from outside the program is hostile: refused as well,
//     unless asked for (--hostile), and marked wherever it shows;
//   * the other conditions are decided at the moment of each call (Unmet()), and the outcome is
//   withheld
//     when its condition is not met.
//
// References: "recv(2)" is a manual page of section 2, "recv(3p)" the POSIX page of the name.
//
// Thread-safety: constant data and pure functions.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/fault/plan/plan.h"

namespace eagain::fault {

enum class Condition : uint8_t {
  kAlways,
  kNonBlockingRearmed,  // non-blocking; not edge-triggered, or re-armed after the fault
  kRearmed,             // not edge-triggered, or re-armed after the fault
  kBlocking,            // blocking descriptor
  kHandler,             // a signal handler is installed
  kBlockingHandler,     // blocking descriptor, and a signal handler without SA_RESTART
  kReportedNext,        // what is held back is reported by the next wait
  kDead,                // the connection is made really dead with it
  kConsumed,            // the pending connection is really consumed
  kClosed,              // the descriptor is closed all the same
  kRegisters,           // the call registers a descriptor (EPOLL_CTL_ADD)
  kProgramsMistake,     // never from outside: only the program's own mistake causes it
  kNotOnTcp,            // never: only other kinds of files and sockets answer it
};

// "non-blocking descriptor; not edge-triggered, or re-armed after the fault"
std::string_view ConditionText(Condition condition);

// Whether no injector can meet it, for any call at any moment.
bool Hostile(Condition condition);

// How much a check may make of it: a careful server survives a SHOULD, every server a MUST.
enum class Level : uint8_t { kMust, kShould };

// A kind of outcome, whatever its amount; of errnos, the ones listed.
enum class Effect : uint8_t { kFails, kShort, kOnly, kReordered, kDelay, kReset };

struct LegalityRow {
  CallSet calls;
  Effect effect;
  std::array<int, 12> errnos;  // kFails only; 0 fills up
  Condition condition;
  Level level;
  std::string_view reference;

  bool covers(const Outcome& outcome) const;
};

// The longest delay of a rule: longer ones are mistakes of the writer.
inline constexpr std::chrono::microseconds kLongestDelay = std::chrono::hours(1);

// In the order of families; of rows for the same call and outcome, the stricter level first.
std::span<const LegalityRow> LegalityTable();

// The errnos that the manual pages let any of these calls answer, by number, each once.
std::vector<int> ErrnosOf(CallSet calls);

// The calls that a rule selects: those of its selector that can have the outcome.
CallSet SelectedCalls(const CallSelector& selector, const Outcome& outcome);

// What can be said of a rule before any call is made.
struct Judgement {
  enum class Verdict : uint8_t { kLegal, kHostile, kImpossible };
  enum class About : uint8_t { kRule, kOutcome, kSubject };  // the words that the reason is about
  Verdict verdict = Verdict::kLegal;
  About about = About::kRule;
  std::string reason;  // empty when legal: "recv cannot fail with EADDRINUSE"
  std::string hint;    // what could be written instead; may be empty
};

Judgement Judge(const Rule& rule);

// The table as text for `eagain list faults`, in columns: call, outcome, legal when, reference; then what
// the families are. No line is longer than 130 characters.
std::string RenderLegalityTable();

}  // namespace eagain::fault
