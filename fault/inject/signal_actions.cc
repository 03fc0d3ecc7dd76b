#include "eagain/fault/inject/signal_actions.h"

#include <signal.h>

#include <algorithm>

namespace eagain::fault {
namespace {

// The kernel's own, which no program sees (include/linux/errno.h of its sources).
enum Restart : int64_t {
  kRestartSys = -512,  // made again, unless a handler without SA_RESTART ran
  kRestartNoIntr = SignalActions::kMadeAgain,
  kRestartNoHand = -514,  // made again, unless a handler ran
  kRestartBlock = -516,   // by restart_syscall(2), unless a handler ran
};

bool FromOutside(int number) {
  constexpr std::array kOwnDoing = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
  return std::find(kOwnDoing.begin(), kOwnDoing.end(), number) == kOwnDoing.end();
}

}  // namespace

void SignalActions::set(int number, uint64_t handler, uint64_t flags) {
  if (number <= 0 || number >= kSignals) {
    return;
  }
  actions_[static_cast<size_t>(number)] = {.handled = handler > 1,
                                           .restart = (flags & SA_RESTART) != 0};
  any_ = false;
  interruptible_ = false;
  for (int one = 1; one < kSignals; ++one) {
    const Action& action = actions_[static_cast<size_t>(one)];
    if (action.handled && FromOutside(one)) {
      any_ = true;
      interruptible_ = interruptible_ || !action.restart;
    }
  }
}

void SignalActions::exec() { *this = {}; }

bool SignalActions::restarts(int64_t result, int number) const {
  const Action action =
      number > 0 && number < kSignals ? actions_[static_cast<size_t>(number)] : Action{};
  switch (result) {
    case kRestartSys:
      return !action.handled || action.restart;
    case kRestartNoIntr:
      return true;
    case kRestartNoHand:
      return !action.handled;
    default:
      return false;  // by another call, which no rule names
  }
}

bool SignalActions::Interrupted(int64_t result) {
  return result == kRestartSys || result == kRestartNoIntr || result == kRestartNoHand ||
         result == kRestartBlock;
}

}  // namespace eagain::fault
