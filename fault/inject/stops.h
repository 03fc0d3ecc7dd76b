// Which calls of a program stop for the injector. A stop is most of what a fault costs, so they are no
// more than a plan has to see.
#pragma once

#include <vector>

#include "eagain/fault/inject/call_filter.h"
#include "eagain/fault/inject/injector.h"
#include "eagain/fault/plan/call.h"

namespace eagain::fault {

// The calls that the plan's rules select; of observe without rules, all.
CallSet ChosenCalls(const InjectOptions& options);

// These, and what else has to be seen: what makes listeners and connections known, and who is watched
// by an epoll. Of a call that rules do nothing with but shorten it, those that ask for more; if they are
// sends, handed over without a stop.
std::vector<FilteredCall> StopsFor(const InjectOptions& options);

}  // namespace eagain::fault
