// Partial: how far a check came that failed, where it counts something. A rubric may give part of the
// points for it.
#pragma once

#include <string>

namespace eagain::checks {

struct Partial {
  int done = 0;  // always less than `of`: who has all of them has not failed
  int of = 0;
  std::string what;  // "clients served"
};

}  // namespace eagain::checks
