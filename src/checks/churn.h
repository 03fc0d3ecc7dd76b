// Clients that come and go, in all the ways in which clients leave.
#pragma once

#include <chrono>

#include "eagain/checks/context.h"

namespace eagain::checks {

enum class Leaving {
  kClose,       // after an echo, close: FIN
  kHalfClose,   // after an echo, SHUT_WR; then the server's end is awaited
  kReset,       // after an echo, RST
  kUnread,      // sends, and closes without reading the echo
  kAtOnce,      // connects and closes
  kAtOnceReset  // connects and resets
};

// One client comes and leaves. Those that leave at once are not waited for by anybody: let the next
// one be served before many more come.
awaitable<void> ComeAndGo(Context& ctx, Leaving way);

// So many clients come and go, one after the other, in all ways by turns; the last one is served,
// so that all those before it have been accepted. A server may be slow and right: after `long_enough`
// of fair time no more come, but at least one of each way did. Answers how many.
awaitable<int> Churn(Context& ctx, int clients, std::chrono::milliseconds long_enough);

// A client for whom bytes wait in the server when it resets.
awaitable<void> StallAndReset(Context& ctx);

}  // namespace eagain::checks
