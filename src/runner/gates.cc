#include "eagain/runner/gates.h"

#include <fmt/format.h>

#include <array>

namespace eagain::runner {
namespace {

const std::array kGates = {
    Gate{"lifecycle/listens", "the server does not listen",
         [](const checks::Check&) { return true; }},
    Gate{"echo/one-byte", "nothing is echoed",
         [](const checks::Check& check) { return check.family() != "lifecycle"; }},
};

}  // namespace

std::span<const Gate> StandardGates() { return kGates; }

std::string NotReached(const Gate& gate) {
  return fmt::format("not reached: {} ({})", gate.finding, gate.id);
}

}  // namespace eagain::runner
