#include "eagain/fault/sim/random_faults.h"

#include <fmt/format.h>

#include <cerrno>
#include <variant>

namespace eagain::sim {
namespace {

using fault::Outcome;

constexpr uint32_t kLongestDelayUs = 500;

FaultKind KindOfErrno(int error) {
  switch (error) {
    case EAGAIN:
      return FaultKind::kAgain;
    case EINTR:
      return FaultKind::kInterrupted;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case ENOSPC:
      return FaultKind::kExhausted;
    default:
      return FaultKind::kBroken;
  }
}

FaultKind KindOf(fault::Call call, const Outcome& outcome) {
  if (call == fault::Call::kClose) {
    return FaultKind::kClose;
  }
  if (const fault::Errno* error = std::get_if<fault::Errno>(&outcome)) {
    return KindOfErrno(error->number);
  }
  return std::holds_alternative<fault::Short>(outcome)   ? FaultKind::kShort
         : std::holds_alternative<fault::Delay>(outcome) ? FaultKind::kLate
         : std::holds_alternative<fault::Reset>(outcome) ? FaultKind::kBroken
                                                         : FaultKind::kEvents;
}

}  // namespace

std::string_view FaultKindName(FaultKind kind) {
  constexpr std::array<std::string_view, kFaultKinds> kNames = {
      "short", "again", "interrupted", "exhausted", "broken", "events", "close", "late"};
  return kNames.at(static_cast<size_t>(kind));
}

std::string Describe(const FaultOdds& odds) {
  std::string kinds;
  for (size_t i = 0; i < kFaultKinds; ++i) {
    const FaultKind kind = static_cast<FaultKind>(i);
    if (odds.any(kind)) {
      kinds += fmt::format("{}{}", kinds.empty() ? "" : ", ", FaultKindName(kind));
    }
  }
  if (odds.per_mille == 0 || odds.most == 0 || kinds.empty()) {
    return "none";
  }
  return fmt::format("at {} of 1000 calls, at most {}: {}", odds.per_mille, odds.most, kinds);
}

Choice RandomFaults::choose(const Moment& moment) {
  Choice choice;
  if (!listening_ || count_ >= odds_.most || !random_.chance(odds_.per_mille) ||
      !WhileServing(moment)) {
    return choice;
  }
  PossibleOutcomes(moment, odds_.level, outcomes_);
  std::erase_if(outcomes_, [&](const Outcome& outcome) {
    return !odds_.any(KindOf(moment.event.call, outcome));
  });
  const uint32_t late = odds_.any(FaultKind::kLate) ? 1 : 0;
  const uint32_t candidates = static_cast<uint32_t>(outcomes_.size()) + late;
  if (candidates == 0) {
    return choice;
  }
  ++count_;
  const uint32_t drawn = random_.below(candidates);
  if (drawn == outcomes_.size()) {
    choice.delay = random_.between(1, kLongestDelayUs) * kMicrosecond;
  } else {
    choice.outcome = outcomes_[drawn];
  }
  return choice;
}

}  // namespace eagain::sim
