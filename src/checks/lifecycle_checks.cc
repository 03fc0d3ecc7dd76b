#include "eagain/checks/check.h"

namespace eagain::checks {

std::span<const Check> LifecycleChecks() { return {}; }

}  // namespace eagain::checks
