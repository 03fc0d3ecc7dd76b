// One client on a blocking descriptor, served until it leaves: what the servers have in common that
// block instead of waiting for readiness.
#pragma once

#include "eagain/net/session.h"
#include "eagain/net/stop.h"
#include "eagain/servers/server.h"

namespace eagain {

// Returns once the session is finished; or, when a stop is requested, at the latest drain_ms later,
// provided that somebody shuts the descriptor down for reading (StopWakes). What waits is sent even
// then, and a send that blocks comes back in time.
void ServeToTheEnd(Sys& sys, const ServerOptions& options, const Stop& stop, Session& session);

}  // namespace eagain
