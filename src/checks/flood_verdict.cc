#include "eagain/checks/flood_verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "eagain/driver/failure.h"

namespace eagain::checks {

void JudgeFlood(int during, int starved, int tries, const std::string& expected) {
  constexpr int kFew = 2;  // by mistake
  if (during > std::max(starved, kFew)) {
    return;
  }
  if (starved >= during && starved > 0) {
    throw driver::Failure(expected,
                          fmt::format("{} of {} answers came only when those that send as fast as "
                                      "they can had paused",
                                      tries - during, tries));
  }
  throw driver::HarnessError(
      fmt::format("the machine is too busy: in only {} of {} tries the server was kept under flood "
                  "until it answered",
                  during, tries));
}

}  // namespace eagain::checks
