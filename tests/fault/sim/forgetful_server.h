// A server that is wrong: it takes every send for a whole one.
#pragma once

#include "eagain/cli/simulated/simulated_strategy.h"
#include "eagain/fault/sys/forwarding_sys.h"

namespace eagain::sim {

class ForgetfulSys final : public fault::ForwardingSys {
 public:
  using ForwardingSys::ForwardingSys;
  SysResult<size_t> send(int fd, const void* buf, size_t len, int flags) override {
    const SysResult<size_t> sent = ForwardingSys::send(fd, buf, len, flags);
    return sent.ok() ? Ok(len) : sent;
  }
};

inline int LosesTails(Sys& sys, Process& process) {
  ForgetfulSys forgetful(sys);
  return SimulatedStrategy(*FindStrategy("poll"))(forgetful, process);
}

}  // namespace eagain::sim
