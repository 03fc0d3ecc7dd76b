// StopOnSignals: while it lives, SIGTERM and SIGINT ask a Stop. One at a time in a program.
#pragma once

#include <signal.h>

#include <atomic>
#include <cassert>

#include "eagain/net/stop.h"

namespace eagain::cli {

class StopOnSignals {
 public:
  explicit StopOnSignals(Stop& stop) {
    [[maybe_unused]] Stop* const before = asked_.exchange(&stop);
    assert(before == nullptr);
    // No SA_RESTART: a call that blocks fails with EINTR, which servers have to expect anyway.
    struct sigaction action = {};
    action.sa_handler = [](int) { asked_.load()->request(); };
    sigaction(SIGTERM, &action, &sigterm_before_);
    sigaction(SIGINT, &action, &sigint_before_);
  }
  StopOnSignals(const StopOnSignals&) = delete;
  StopOnSignals& operator=(const StopOnSignals&) = delete;
  ~StopOnSignals() {
    sigaction(SIGINT, &sigint_before_, nullptr);
    sigaction(SIGTERM, &sigterm_before_, nullptr);
    asked_ = nullptr;
  }

 private:
  static inline std::atomic<Stop*> asked_{nullptr};
  struct sigaction sigterm_before_ = {};
  struct sigaction sigint_before_ = {};
};

}  // namespace eagain::cli
