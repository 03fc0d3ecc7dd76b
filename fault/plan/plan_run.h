// PlanRun: a plan at work. It is told of every call as it comes, counts, and says what happens to
// it.
//
// FaultSys, the simulated kernel and the injector all ask it, so that a plan means the same
// everywhere. It knows nothing of how a fault is carried out:
//
//   run.listening();                                  // once listen(2) succeeded
//   Decision decision = run.decide(event);            // before each call
//   ... wait for decision.delay; then, if decision.fault, carry it out as fault.condition demands
//   ... run.fired(*decision.fault, event, "EAGAIN");      // it was: the log has it
//   run.withdraw(*decision.fault, event, "why not");  // or it could not be: it has not fired
//   run.made_no_difference(*decision.fault);          // or it was, and nobody could have told
//
// Deterministic: the same plan, seed and sequence of events give the same decisions. Chance draws
// from the seed, the rule and the number of the call, so threads that swap two calls of different
// rules change nothing.
//
// Thread-safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "eagain/fault/plan/legality.h"
#include "eagain/fault/plan/plan.h"

namespace eagain::fault {

// A call that is about to be made, and what is known of the moment. The facts decide what is legal;
// a fact that cannot be known is left at its default, which forbids.
struct CallEvent {
  Call call = Call::kRecv;
  int fd = -1;               // as the program sees it; of epoll_ctl, the one that is registered
  Role role = Role::kOther;  // of fd
  uint64_t connection = 0;   // of a client: the k-th that was accepted, from 1 on
  uint64_t asked = 0;        // bytes of recv and send, room for events of a wait; 0: not known

  bool non_blocking = false;    // O_NONBLOCK, or MSG_DONTWAIT
  bool whole = false;           // MSG_WAITALL: a short transfer would break a promise
  bool edge_triggered = false;  // fd is registered with EPOLLET
  bool can_rearm = false;       // after a fault, EPOLL_CTL_MOD can be issued for it
  bool handler = false;         // a signal handler is installed
  bool interruptible = false;   // one without SA_RESTART is
  bool can_reset = false;       // the connection can be made really dead
  bool can_consume = false;     // the pending connection can be really consumed
  bool can_close = false;       // the descriptor is closed whatever is answered
  bool registers = false;       // EPOLL_CTL_ADD

  bool operator==(const CallEvent&) const = default;
};

// A rule that fires.
struct Fault {
  size_t rule = 0;                           // index in plan.rules
  uint64_t nth = 0;                          // the rule's count of this call
  Outcome outcome;                           // never a delay
  Condition condition = Condition::kAlways;  // what has to be seen to
  Level level = Level::kMust;
  bool rearm = false;    // after the call, re-arm the descriptor with EPOLL_CTL_MOD
  bool hostile = false;  // no kernel would do this here
  uint64_t chance =
      0;  // a seeded number, for what the plan leaves open (which order, which events)
};

struct Decision {
  std::chrono::microseconds delay{0};  // before anything else; already logged
  std::optional<Fault> fault;
};

// A line of the log: a fault that fired, or one that was due and was withheld.
struct FaultRecord {
  bool fired = false;
  size_t rule = 0;
  std::string rule_text;
  uint64_t nth = 0;
  CallEvent event;
  Outcome outcome;
  std::string got;     // fired: what the program was told ("EAGAIN", "1 byte", "20ms late")
  std::string reason;  // withheld: why
  Level level = Level::kMust;
  bool rearmed = false;
  bool hostile = false;

  // The rule that makes this one fault happen again: its own text, at this call only.
  std::string replay;

  // "fired: recv EAGAIN on descriptor 7 (client 1), asked for 4096; re-armed; replay: recv EAGAIN
  // on client at 3"
  std::string text() const;
};

struct RuleCount {
  uint64_t seen = 0;  // calls that the rule selected
  uint64_t fired = 0;
  uint64_t withheld = 0;  // due, and not legal at that moment
  uint64_t idle = 0;      // due and carried out, and it made no difference
};

class PlanRun {
 public:
  struct Options {
    std::optional<uint64_t> seed;  // instead of the plan's own
    bool hostile = false;          // fire where the condition is not met as well
    // By rule, the calls (counted as the rule does) that it is due on, instead of its own "when": the
    // faults of a run that was logged, again.
    std::optional<std::vector<std::set<uint64_t>>> only = {};
    // Told of every record as it comes, also of those that are too many to keep. It is called under
    // this object's lock.
    std::function<void(const FaultRecord&)> on_record = {};
  };
  static constexpr uint64_t kDefaultSeed = 1;    // when neither says one
  static constexpr size_t kMaxRecords = 10'000;  // the log keeps the first ones

  // The plan's rules are not impossible ones (legality.h).
  PlanRun(Plan plan, Options options);
  explicit PlanRun(Plan plan) : PlanRun(std::move(plan), Options()) {}
  PlanRun(const PlanRun&) = delete;
  PlanRun& operator=(const PlanRun&) = delete;

  const Plan& plan() const { return plan_; }
  uint64_t seed() const { return seed_; }

  // The calls that any rule selects: an injector need look at no others.
  CallSet calls() const;

  // The server listens: from now on all rules are armed. More than once is fine.
  void listening();

  Decision decide(const CallEvent& event);

  // The fault was carried out, and the program was told `got`.
  void fired(const Fault& fault, const CallEvent& event, std::string got);
  // It could not be; the rule has not fired.
  void withdraw(const Fault& fault, const CallEvent& event, std::string reason);
  // It was, but the call came out as it would have anyway (a transfer that was as short by itself): the
  // rule has not fired. Counted, and not logged, since there may be thousands.
  void made_no_difference(const Fault& fault);

  // Copies, since other threads may be at work.
  std::vector<FaultRecord> records() const;
  std::vector<RuleCount> counts() const;
  // How many records there would be had all been kept.
  uint64_t record_count() const;
  // Whether anybody reads what the next one says.
  bool keeps_records() const;

  // Rules that never fired: they prove nothing.
  std::vector<size_t> never_fired() const;

  // What a person is told at the end, a line each: the first `most` records, then each rule with
  // its counts, and whether it never fired.
  std::string report(size_t most = 100) const;

 private:
  // A fault; or the reason to withhold it.
  using Weighed = std::variant<Fault, std::string>;

  bool selects(size_t index, const CallEvent& event) const;
  bool due(size_t index, uint64_t nth) const;
  Weighed weigh(size_t index, uint64_t nth, const CallEvent& event) const;
  FaultRecord record_of(size_t index, uint64_t nth, const CallEvent& event) const;
  void keep_fired(size_t index, uint64_t nth, const CallEvent& event, std::string got,
                  const Fault* fault);
  void keep_withheld(size_t index, uint64_t nth, const CallEvent& event, std::string reason);
  bool wanted();  // whether a record is of use to anybody
  bool has_room() const { return on_record_ || records_.size() < kMaxRecords; }
  void keep(FaultRecord record);

  const Plan plan_;
  const uint64_t seed_;
  const bool hostile_;
  const std::optional<std::vector<std::set<uint64_t>>> only_;
  const std::function<void(const FaultRecord&)> on_record_;
  std::vector<CallSet> selected_;   // by rule
  std::vector<bool> rule_hostile_;  // by rule
  mutable std::mutex mutex_;        // guards all below
  bool armed_ = false;
  std::vector<RuleCount> counts_;  // by rule
  std::vector<FaultRecord> records_;
  uint64_t record_count_ = 0;
};

// Whether the outcome leaves a call that asks for so much as it is: such calls a rule does not count.
bool ShortensNothing(const Outcome& outcome, uint64_t asked);

// Whether a fault of that condition is re-armed where the descriptor is watched edge-triggered.
bool Rearms(Condition condition);

// Why the condition is not met at this moment; nothing when it is.
std::optional<std::string> Unmet(Condition condition, const CallEvent& event);

}  // namespace eagain::fault
