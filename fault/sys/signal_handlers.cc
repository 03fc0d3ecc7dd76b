#include "eagain/fault/sys/signal_handlers.h"

#include <signal.h>

#include <algorithm>
#include <array>

namespace eagain::fault {

SignalHandlers InstalledSignalHandlers() {
  constexpr std::array kOwnDoing = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
  SignalHandlers handlers;
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (std::find(kOwnDoing.begin(), kOwnDoing.end(), number) != kOwnDoing.end() ||
        sigaction(number, nullptr, &action) != 0) {
      continue;
    }
    const bool handled = (action.sa_flags & SA_SIGINFO) != 0 ||
                         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
    handlers.any = handlers.any || handled;
    handlers.interruptible =
        handlers.interruptible || (handled && (action.sa_flags & SA_RESTART) == 0);
  }
  return handlers;
}

}  // namespace eagain::fault
