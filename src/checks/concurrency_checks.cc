#include "eagain/checks/check.h"

namespace eagain::checks {

std::span<const Check> ConcurrencyChecks() { return {}; }

}  // namespace eagain::checks
