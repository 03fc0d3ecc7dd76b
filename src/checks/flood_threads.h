// Which threads of a server echo a flood, and which the machine did not let, told from the CPU time that
// they took and waited for meanwhile.
#pragma once

#include <sys/types.h>

#include "eagain/driver/proc_stats.h"

namespace eagain::checks {

// The thread that took most CPU time between the two samples; 0 when none took any, or the kernel does
// not count it (schedstat).
pid_t BusiestThread(const driver::TreeSample& before, const driver::TreeSample& now);

// Whether a thread is runnable now that took less than a quarter of the time: it has something to do,
// which is not the flood, and it is the machine that has not let it. Where CPU time is not counted any
// thread may be that one, if there are several. The server was not stopped shortly before `now`.
bool OthersWaitForCpu(const driver::TreeSample& before, const driver::TreeSample& now);

// Whether the machine let one busy thread run at least twice as readily as another: then it is not the
// server that shares out what they do. Where CPU time is not counted that may be so, if there are several
// threads.
bool CpuIsSharedUnequally(const driver::TreeSample& before, const driver::TreeSample& now);

}  // namespace eagain::checks
