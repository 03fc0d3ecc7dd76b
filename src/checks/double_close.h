// disconnect/double-close, told from the server's calls.
#pragma once

#include "eagain/checks/context.h"

namespace eagain::checks {

awaitable<void> DoubleClose(Context& ctx);

}  // namespace eagain::checks
