// Three checks of the family disconnect: what clients that left must not leave behind. Their names
// stand in disconnect_checks.cc.
#pragma once

#include "eagain/checks/context.h"

namespace eagain::checks {

awaitable<void> Descriptors(Context& ctx);  // disconnect/descriptors
awaitable<void> Memory(Context& ctx);       // disconnect/memory
awaitable<void> Children(Context& ctx);     // disconnect/children

}  // namespace eagain::checks
