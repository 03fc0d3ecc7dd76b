#include "eagain/runner/gates.h"

#include <fmt/format.h>

#include <array>

namespace eagain::runner {
namespace {

const std::array kGates = {
    Gate{"lifecycle/listens", "the server does not listen",
         [](const checks::Check&) { return true; }},
    Gate{"echo/one-byte", "not one byte is echoed as it should be",
         [](const checks::Check& check) {
           // A greeting comes instead of an echo, and who gets one is to be told so.
           return check.family() != "lifecycle" && check.id != "echo/unsolicited";
         }},
};

}  // namespace

std::span<const Gate> StandardGates() { return kGates; }

std::string NotReached(const Gate& gate) {
  return fmt::format("not reached: {} ({})", gate.finding, gate.id);
}

}  // namespace eagain::runner
