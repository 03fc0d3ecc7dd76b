#include "eagain/checks/check.h"

namespace eagain::checks {

std::span<const Check> EchoChecks() { return {}; }

}  // namespace eagain::checks
