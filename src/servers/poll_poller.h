// Readiness by poll(2): one array of who is watched and for what, which the kernel goes through
// from end to end in every turn. No limit but memory.
#pragma once

#include <vector>

#include "eagain/servers/poller.h"

namespace eagain {

class PollPoller final : public Poller {
 public:
  explicit PollPoller(Sys& sys) : sys_(sys) {}

  std::string_view wait_call() const override { return "poll"; }
  SysResult<void> add(int fd, Interest interest) override;
  SysResult<void> add_level_triggered(int fd) override { return add(fd, Interest::kRead); }
  SysResult<void> change(int fd, Interest interest) override;
  void remove(int fd) override;
  SysResult<std::span<const Readiness>> wait(int timeout_ms) override;

 private:
  Sys& sys_;
  std::vector<pollfd> watched_;  // in no order, without gaps
  std::vector<int> places_;      // by descriptor: where it is in watched_
  std::vector<Readiness> ready_;
};

}  // namespace eagain
