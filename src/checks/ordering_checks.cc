#include "eagain/checks/check.h"

namespace eagain::checks {

std::span<const Check> OrderingChecks() { return {}; }

}  // namespace eagain::checks
