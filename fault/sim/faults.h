// Where the simulated kernel asks whether something unusual happens at a call, and what it tells
// about the moment, so that only what is possible then is chosen.
//
// The outcomes are those of fault plans (eagain/fault/plan/plan.h). The kernel carries them out as
// states, not as lies: after "recv short 3" only three bytes have arrived yet, and the rest brings
// news when it comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "eagain/fault/plan/plan_run.h"
#include "eagain/fault/sim/agenda.h"

namespace eagain::sim {

struct Moment {
  fault::CallEvent event;
  uint64_t index = 0;  // of the call, among all calls of the program; the first is 1
  // recv: bytes that would be received; send: bytes that would be taken; accept: who waits; waits:
  // how many are ready already.
  size_t amount = 0;
  // recv: what has arrived can have not arrived yet (nobody has been told of the end).
  bool can_hold_back = false;
  // recv: the end of the stream has arrived.
  bool at_end = false;
  // recv, send: the connection is alive.
  bool connected = false;
};

struct Choice {
  Time delay = 0;  // the call is made so much later
  std::optional<fault::Outcome> outcome;
};

class Faults {
 public:
  virtual ~Faults() = default;

  // Before each call that can go wrong. An outcome must be possible (PossibleNow), or it is refused
  // and nothing happens.
  virtual Choice choose(const Moment& moment) = 0;
  // What was chosen has happened.
  virtual void happened(const Moment& moment, const fault::Outcome& outcome) = 0;
  // Whether errnos that no kernel would answer here are answered all the same: lies, not states.
  virtual bool hostile() const { return false; }
  // What was chosen was not possible.
  virtual void refused(const Moment& /*moment*/, const fault::Outcome& /*outcome*/) {}
  // The program has begun to listen.
  virtual void listening() {}
};

// Whether the call can have this outcome at this moment on a real kernel, and in the simulation.
bool PossibleNow(const Moment& moment, const fault::Outcome& outcome);

// Whether the call is of the kind that serving clients takes, and a plan has words for it. What only
// sets a server up is left alone: a server that cannot listen may say so and end.
bool WhileServing(const Moment& moment);

// Every outcome that differs from the undisturbed one and is possible now, of those that every server
// (kMust) or a careful one (kShould: all of them) survives. Of amounts, those at the edges: 1, half,
// all but one.
void PossibleOutcomes(const Moment& moment, fault::Level level,
                      std::vector<fault::Outcome>& outcomes);

}  // namespace eagain::sim
