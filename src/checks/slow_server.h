// A server that is slow may be right all the same: what it has shown after a while is enough.
#pragma once

#include <chrono>

#include "eagain/checks/context.h"

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

}  // namespace eagain::checks
