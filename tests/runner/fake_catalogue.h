// A small catalogue to choose from. Its checks are never run in these tests.
#pragma once

#include <array>

#include "eagain/checks/check.h"

namespace eagain::runner {

constexpr checks::Check Fake(std::string_view id, checks::Level level = checks::Level::kMust) {
  checks::Check check;
  check.id = id;
  check.level = level;
  return check;
}

inline constexpr std::array kFakeCatalogue = {
    Fake("lifecycle/listens"),
    Fake("lifecycle/port-in-use", checks::Level::kShould),
    Fake("echo/one-byte"),
    Fake("echo/large"),
    Fake("concurrency/second-client"),
    Fake("ordering/bounded-queue", checks::Level::kShould),
};

}  // namespace eagain::runner
