// Readiness by select(2): two sets of bits, rebuilt for every turn since the kernel overwrites
// them. Kept here are the masters, of which each wait hands over a copy.
//
// A set has FD_SETSIZE (1024) bits and no more: setting a bit beyond writes over whatever lies
// behind the set. A descriptor that high cannot be watched.
#pragma once

#include <optional>
#include <vector>

#include "eagain/servers/poller.h"

namespace eagain {

class SelectPoller final : public Poller {
 public:
  explicit SelectPoller(Sys& sys);

  std::string_view wait_call() const override { return "select"; }
  bool can_watch(int fd) const override { return fd < FD_SETSIZE; }
  SysResult<void> add(int fd, Interest interest) override;
  SysResult<void> add_level_triggered(int fd) override { return add(fd, Interest::kRead); }
  SysResult<void> change(int fd, Interest interest) override;
  void remove(int fd) override;
  SysResult<std::span<const Readiness>> wait(int timeout_ms) override;

 private:
  // Of sets that have so many bits.
  void collect(const fd_set& readable, const std::optional<fd_set>& writable, int bits);

  Sys& sys_;
  fd_set read_;
  fd_set write_;
  int writers_ = 0;   // bits in write_; mostly none, and then the kernel need not look
  int highest_ = -1;  // the highest descriptor with a bit in either
  std::vector<Readiness> ready_;
};

}  // namespace eagain
