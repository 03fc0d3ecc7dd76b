// The keeper of one worker under process isolation: see isolation.h.
#pragma once

namespace eagain::runner {

// Called in a process made for this, which has one thread. Makes it a child subreaper and forks:
// the child returns from here, to become the worker. The keeper itself never returns. It waits
// until the worker ends, or SIGTERM comes (from whoever wants the job stopped, or from the kernel
// when the runner is gone), then kills all of its descendants until none is left, and ends in the
// same way as the worker did. Exits with status 3 when it cannot fork.
void BecomeKeeper();

}  // namespace eagain::runner
