// Load: what other clients ask of the server while the one that is watched waits for its turn.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "eagain/checks/context.h"

namespace eagain::checks {

struct Load {
  // How much the server did for the others so far; only ever grows.
  std::function<uint64_t()> done;
  // So much done while one client waits is not its turn coming later, it is not coming at all.
  uint64_t much = 0;
  // "64.0 MiB were echoed to the flooding client".
  std::function<std::string(uint64_t)> in_words;
  // Why the load has stopped coming, if it has: "the flooding client was cut off".
  std::function<std::optional<std::string>()> broken;
};

// Runs `served`, one thing that a client waits for, under a load. Throws Failure{expected, ...}
// when the client still waits after the server did much for the others *and* two seconds of fair
// time have passed; or after it did ten times as much, however long that took. Both are needed:
// much work takes no time on a fast machine, on a slow one two seconds are no work at all, and on a
// busy one two seconds of fair time are long in coming.
awaitable<void> NotStarvedBy(Context& ctx, const Load& load, std::string_view expected,
                             awaitable<void> served);

}  // namespace eagain::checks
