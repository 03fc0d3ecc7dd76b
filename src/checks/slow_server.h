// A server that is slow may be right all the same: what it has shown after a while is enough.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstdint>

#include "eagain/checks/context.h"
#include "eagain/driver/wording.h"

namespace eagain::checks {

class SlowServer {
 public:
  // What follows is expected to take a second or so.
  explicit SlowServer(Context& ctx) : ctx_(ctx), start_(ctx.patience().fair_time()) {}

  bool is_it() const { return ctx_.patience().fair_time() - start_ > std::chrono::seconds(6); }
  // Says in the steps that not all of it was asked.
  void note() const { ctx_.transcript().note("the server is slow: what came so far is enough"); }

 private:
  Context& ctx_;
  std::chrono::nanoseconds start_;
};

// Of clients that are served one after the other: for a thousand a slow server may need many minutes.
class Gathering {
 public:
  Gathering(Context& ctx, uint64_t needed)
      : ctx_(ctx), needed_(needed), start_(ctx.patience().fair_time()) {}

  // So many are there. Skips the check when a minute is gone (times the scale of patience) and they
  // are not all.
  void have(uint64_t clients) const {
    const auto minute = std::chrono::seconds(60) * ctx_.patience().limits().scale;
    if (clients < needed_ && ctx_.patience().fair_time() - start_ > minute) {
      throw Skip(
          fmt::format("the server is too slow: {} were connected within a minute, and {} are "
                      "needed",
                      driver::Counted(clients, "client"), needed_));
    }
  }

 private:
  Context& ctx_;
  uint64_t needed_;
  std::chrono::nanoseconds start_;
};

}  // namespace eagain::checks
