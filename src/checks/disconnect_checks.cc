#include "eagain/checks/check.h"

namespace eagain::checks {

std::span<const Check> DisconnectChecks() { return {}; }

}  // namespace eagain::checks
