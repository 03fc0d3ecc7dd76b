#include "eagain/checks/check.h"

namespace eagain::checks {

std::span<const Check> ResourceChecks() { return {}; }

}  // namespace eagain::checks
