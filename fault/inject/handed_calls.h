// HandedCalls: the calls of a traced program that its seccomp filter hands over instead of stopping
// the thread for its tracer. The thread waits inside the kernel until it is told what the call
// returns, or that it is to be made after all. That takes one wake-up each way, and no registers are
// read or written: half of what a stop costs. But the call cannot be changed, only answered.
//
// See seccomp_unotify(2).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "eagain/fault/inject/registers.h"
#include "eagain/sys/unique_fd.h"

namespace eagain::fault {

struct HandedCall {
  uint64_t id = 0;
  pid_t tid = 0;
  Registers registers;  // the call's number and arguments, nothing else
};

class HandedCalls {
 public:
  // `listener` is what CallFilter::install_with_listener() made.
  explicit HandedCalls(UniqueFd listener) : listener_(std::move(listener)) {}

  // Whether there is one at this moment.
  bool any() const { return poll() > 0; }
  // Waits for the next one. Nothing when that thread has been killed meanwhile, or nobody is left.
  std::optional<HandedCall> next() const;
  // What it returns: a negative errno, or a result. Nothing: the kernel makes the call.
  void answer(const HandedCall& call, std::optional<int64_t> result) const;
  // Nobody is left who could make one.
  bool ended() const { return poll() < 0; }

 private:
  int poll() const;

  UniqueFd listener_;
};

}  // namespace eagain::fault
