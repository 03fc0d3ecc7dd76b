// Faults by chance: at each call, with given odds, one of the outcomes that are possible then.
//
// Which kinds of faults there are at all is drawn as well, for each run anew ("swarm testing", Groce
// et al., ISSTA 2012): a run in which connections break all the time never gets to where sends are
// short, and the other way round.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/fault/plan/legality.h"
#include "eagain/fault/sim/faults.h"
#include "eagain/fault/sim/random.h"

namespace eagain::sim {

// Sorts of faults, each a bit of FaultOdds::kinds.
enum class FaultKind : uint8_t {
  kShort,        // recv and send: fewer bytes
  kAgain,        // EAGAIN, where it can be true
  kInterrupted,  // EINTR
  kExhausted,    // no descriptor, memory or watch left: EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC
  kBroken,       // the connection is over: a reset, a time-out, ECONNABORTED
  kEvents,       // waits: fewer events, or in another order
  kClose,        // close fails, and closes all the same
  kLate,         // the call is late
};
inline constexpr size_t kFaultKinds = static_cast<size_t>(FaultKind::kLate) + 1;

std::string_view FaultKindName(FaultKind kind);

struct FaultOdds {
  uint64_t seed = 1;
  uint32_t per_mille = 0;  // of the calls
  uint32_t kinds = 0;      // a bit for each FaultKind
  uint64_t most = 0;       // then no more happen
  // As PossibleOutcomes: what every server survives, or what a careful one does.
  fault::Level level = fault::Level::kMust;

  bool any(FaultKind kind) const { return (kinds >> static_cast<uint32_t>(kind) & 1U) != 0; }
  bool operator==(const FaultOdds&) const = default;
};

// "none"; "at 50 of 1000 calls, at most 12: short, again, late"
std::string Describe(const FaultOdds& odds);

class RandomFaults final : public Faults {
 public:
  explicit RandomFaults(const FaultOdds& odds) : odds_(odds), random_(odds.seed) {}

  Choice choose(const Moment& moment) override;
  void happened(const Moment& /*moment*/, const fault::Outcome& /*outcome*/) override {}
  void listening() override { listening_ = true; }

  uint64_t count() const { return count_; }

 private:
  FaultOdds odds_;
  Random random_;
  bool listening_ = false;
  uint64_t count_ = 0;
  std::vector<fault::Outcome> outcomes_;
};

}  // namespace eagain::sim
