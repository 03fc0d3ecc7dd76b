#include "eagain/fault/sim/faults.h"

#include <algorithm>
#include <cerrno>
#include <span>
#include <variant>

#include "eagain/fault/plan/legality.h"
#include "eagain/fault/sim/call_counts.h"

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

bool Allows(const fault::LegalityRow& row, const Moment& moment, const Outcome& outcome) {
  return row.calls.contains(moment.event.call) && row.covers(outcome) &&
         !fault::Unmet(row.condition, moment.event);
}

// What PossibleOutcomes tries, the impossible included.
void Candidates(const Moment& moment, std::vector<Outcome>& candidates) {
  const Kind kind = KindOf(moment.event.call);
  for (const fault::LegalityRow& row : fault::LegalityTable()) {
    if (!row.calls.contains(moment.event.call) || fault::Hostile(row.condition)) {
      continue;
    }
    for (const int error : row.errnos) {
      const Outcome outcome = Errno{error};
      if (error != 0 &&
          std::find(candidates.begin(), candidates.end(), outcome) == candidates.end()) {
        candidates.push_back(outcome);
      }
    }
  }
  if (kind == Kind::kRecv || kind == Kind::kSend) {
    size_t before = 0;
    for (const size_t bytes : {size_t{1}, moment.amount / 2, moment.amount - 1}) {
      if (bytes > before && bytes < moment.amount) {
        candidates.push_back(fault::Short{bytes});
        before = bytes;
      }
    }
  }
  if (kind == Kind::kWait && moment.amount > 1) {
    candidates.push_back(fault::Only{1});
    candidates.push_back(fault::Reordered{});
  }
}

}  // namespace

bool PossibleNow(const Moment& moment, const Outcome& outcome) {
  if (!Feasible(moment, outcome)) {
    return false;
  }
  const std::span<const fault::LegalityRow> rows = fault::LegalityTable();
  return std::any_of(rows.begin(), rows.end(),
                     [&](const fault::LegalityRow& row) { return Allows(row, moment, outcome); });
}

bool WhileServing(const Moment& moment) {
  switch (moment.event.call) {
    case Call::kSocket:
    case Call::kBind:
    case Call::kListen:
    case Call::kEpollCreate1:
    case Call::kEventfd:
      return false;
    case Call::kEpollCtl:
      return moment.event.role == fault::Role::kClient;
    default:
      return HasSubject(moment);
  }
}

void PossibleOutcomes(const Moment& moment, fault::Level level, std::vector<Outcome>& outcomes) {
  outcomes.clear();
  Candidates(moment, outcomes);
  std::erase_if(outcomes, [&](const Outcome& outcome) {
    if (!Feasible(moment, outcome)) {
      return true;
    }
    const std::span<const fault::LegalityRow> rows = fault::LegalityTable();
    return std::none_of(rows.begin(), rows.end(), [&](const fault::LegalityRow& row) {
      return Allows(row, moment, outcome) &&
             (level == fault::Level::kShould || row.level == fault::Level::kMust);
    });
  });
}

}  // namespace eagain::sim
