// Asking a server to stop, as kill(1), a terminal or a service manager does.
#pragma once

#include <string>
#include <string_view>

#include "eagain/checks/context.h"

namespace eagain::checks {

// "SIGTERM"; of SIGTERM and SIGINT only.
std::string_view SignalName(int signo);

// Whether the server's first process is one of those that listen. If not it is a wrapper (sh -c, a
// runner of scripts), and what it started is the server.
bool FirstProcessListens(Context& ctx);

// Sends the signal to the server's first process.
void SendSignal(Context& ctx, int signo);

// Sends the signal to the processes that listen, too, unless the first process is one of them: not
// every wrapper passes signals on, and a server that was never told to stop cannot be blamed for
// going on.
void SendSignalPastWrapper(Context& ctx, int signo);

// Whether the server stops within so much fair time, multiplied by patience.scale: its first
// process has ended, and nothing that it left behind listens.
awaitable<bool> StopsWithin(Context& ctx, std::chrono::milliseconds limit);

// What a server that has not stopped does instead.
std::string WhyNotStopped(Context& ctx);

// Notes in the transcript what a careful server does beyond ending: an exit status of 0, or the
// end that is the signal's default.
void NoteHowItEnded(Context& ctx, int signo);

}  // namespace eagain::checks
