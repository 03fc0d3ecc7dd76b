// What a traced program hands to select(2) and poll(2), read from its memory, and written back when
// it is told of fewer ready descriptors than there are.
#pragma once

#include <poll.h>
#include <sys/select.h>

#include <array>
#include <cstdint>
#include <vector>

#include "eagain/fault/inject/registers.h"

namespace eagain::fault {

// The pollfd array of a poll or ppoll. `before` are the registers before the call.
class ProgramPolls {
 public:
  ProgramPolls(pid_t tid, const Registers& before);
  uint64_t waited_for() const;
  // How many are kept; -1 if the memory cannot be written.
  int keep(uint64_t most, uint64_t chance);

 private:
  pid_t tid_;
  uint64_t address_;
  std::vector<pollfd> entries_;
};

// The sets of a select or pselect6.
class ProgramSets {
 public:
  ProgramSets(pid_t tid, const Registers& before);
  uint64_t waited_for() const;
  int keep(uint64_t most, uint64_t chance);

 private:
  struct Set {
    uint64_t address = 0;
    bool present = false;
    fd_set bits{};
  };
  fd_set* bits(size_t index);

  pid_t tid_;
  int count_;
  size_t bytes_;
  std::array<Set, 3> sets_;
};

}  // namespace eagain::fault
