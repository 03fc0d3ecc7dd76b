// Gates: checks that others depend on. When nothing listens, or not one byte is echoed, there is
// no sense in sixty more verdicts that all say so: the others are then "not reached".
#pragma once

#include <functional>
#include <span>
#include <string>

#include "eagain/checks/check.h"

namespace eagain::runner {

struct Gate {
  std::string id;       // the check that has to pass
  std::string finding;  // what it means when it does not: "the server does not listen"
  std::function<bool(const checks::Check&)> guards;  // whether that check needs this gate open
};

// In the order in which they are to be tried: lifecycle/listens, then echo/one-byte.
std::span<const Gate> StandardGates();

// "not reached: the server does not listen (lifecycle/listens)"
std::string NotReached(const Gate& gate);

}  // namespace eagain::runner
