// The aftermath of a failure: once the verdict stands, what the clients that are left still show.
// Nothing of it can change the verdict. It is there to be seen in the timeline: a client that waited
// in vain is served the moment the others leave, or it is not.
#pragma once

#include "eagain/checks/context.h"

namespace eagain::checks {

// Marks the verdict in the transcript, and the end of a server that has ended. Otherwise notes whose
// connections the server has not accepted yet; and if some of the clients that the failure left open
// waited in vain, lets all the others leave, and watches for a moment whether those are accepted and
// get something then. Does nothing where there are many clients.
awaitable<void> WatchAftermath(Context& ctx);

}  // namespace eagain::checks
