// A strategy by the name that a user typed.
#pragma once

#include <string>

#include "eagain/servers/registry.h"

namespace eagain::cli {

// Throws runner::BadUsage, with the names that there are.
const Strategy& StrategyNamed(const std::string& name);

}  // namespace eagain::cli
