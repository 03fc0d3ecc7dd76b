// Whether a signal could interrupt a call of this process. See sigaction(2), signal(7).
#pragma once

namespace eagain::fault {

struct SignalHandlers {
  bool any = false;            // a handler is installed for some signal that comes from outside
  bool interruptible = false;  // ... without SA_RESTART
};

// Of this process, now. Handlers for what a thread does to itself (SIGSEGV and the like, which sanitizers
// install) do not count: no call is interrupted by them.
SignalHandlers InstalledSignalHandlers();

}  // namespace eagain::fault
