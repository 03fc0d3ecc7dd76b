#include "eagain/fault/sim/faults.h"

#include <cerrno>
#include <variant>

#include "eagain/fault/plan/legality.h"

namespace eagain::sim {
namespace {

using fault::Call;
using fault::CallSet;
using fault::Errno;
using fault::Outcome;

enum class Kind { kRecv, kSend, kAccept, kWait, kOther };

Kind KindOf(Call call) {
  static const CallSet recv = CallsOf(fault::Family::kRecv);
  static const CallSet send = CallsOf(fault::Family::kSend);
  static const CallSet accept = CallsOf(fault::Family::kAccept);
  static const CallSet wait = CallsOf(fault::Family::kWait);
  return recv.contains(call)     ? Kind::kRecv
         : send.contains(call)   ? Kind::kSend
         : accept.contains(call) ? Kind::kAccept
         : wait.contains(call)   ? Kind::kWait
                                 : Kind::kOther;
}

// What the simulation can bring about at this moment, and is not what happens anyway.
bool Feasible(const Moment& moment, int error) {
  const bool nothing_there = moment.amount == 0 && !moment.at_end;
  switch (KindOf(moment.event.call)) {
    case Kind::kRecv:
      return moment.connected && (moment.can_hold_back || nothing_there) &&
             (error != EAGAIN || !nothing_there);
    case Kind::kSend:
      return moment.connected && (error != EAGAIN || moment.amount > 0);
    case Kind::kAccept:
      return moment.event.role == fault::Role::kListener && (error != EAGAIN || moment.amount > 0);
    case Kind::kWait:
      return true;
    case Kind::kOther:
      return moment.event.call != Call::kShutdown || moment.connected;
  }
  return false;
}

bool Feasible(const Moment& moment, const Outcome& outcome) {
  if (const Errno* error = std::get_if<Errno>(&outcome)) {
    return Feasible(moment, error->number);
  }
  if (const fault::Short* less = std::get_if<fault::Short>(&outcome)) {
    const bool held = KindOf(moment.event.call) != Kind::kRecv || moment.can_hold_back;
    return moment.connected && held && less->bytes < moment.amount;
  }
  if (std::holds_alternative<fault::Reset>(outcome)) {
    return Feasible(moment, ECONNRESET);
  }
  return true;
}

}  // namespace

bool PossibleNow(const Moment& moment, const Outcome& outcome) {
  if (!Feasible(moment, outcome)) {
    return false;
  }
  for (const fault::LegalityRow& row : fault::LegalityTable()) {
    if (row.calls.contains(moment.event.call) && row.covers(outcome) &&
        !fault::Unmet(row.condition, moment.event)) {
      return true;
    }
  }
  return false;
}

void PossibleOutcomes(const Moment& moment, std::vector<Outcome>& outcomes) {
  outcomes.clear();
  const auto consider = [&](const Outcome& outcome) {
    for (const Outcome& known : outcomes) {
      if (known == outcome) {
        return;
      }
    }
    if (PossibleNow(moment, outcome)) {
      outcomes.push_back(outcome);
    }
  };
  for (const fault::LegalityRow& row : fault::LegalityTable()) {
    if (!row.calls.contains(moment.event.call) || fault::Unmet(row.condition, moment.event)) {
      continue;
    }
    for (const int error : row.errnos) {
      if (error != 0) {
        consider(Errno{error});
      }
    }
  }
  const Kind kind = KindOf(moment.event.call);
  if (kind == Kind::kRecv || kind == Kind::kSend) {
    for (const size_t bytes : {size_t{1}, moment.amount / 2, moment.amount - 1}) {
      if (bytes > 0 && bytes < moment.amount) {
        consider(fault::Short{bytes});
      }
    }
  }
  if (kind == Kind::kWait) {
    consider(fault::Only{1});
    consider(fault::Reordered{});
  }
}

}  // namespace eagain::sim
