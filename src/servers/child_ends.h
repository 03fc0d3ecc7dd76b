// ChildEnds: told of the end of child processes by something that can be waited for, as SIGCHLD
// alone cannot. See signal(7), eventfd(2); it is the self-pipe trick.
//
// One at a time in a program.
#pragma once

#include <signal.h>

#include <atomic>

#include "eagain/sys/unique_fd.h"

namespace eagain {

class ChildEnds {
 public:
  // Throws SysError when there is no eventfd to be had.
  explicit ChildEnds(Sys& sys);
  ChildEnds(const ChildEnds&) = delete;
  ChildEnds& operator=(const ChildEnds&) = delete;
  // SIGCHLD is again what it was before.
  ~ChildEnds();

  // Readable from the end of a child until clear() is called.
  int fd() const { return event_.get(); }
  void clear();

  // In a child: what is the parent's is let go.
  void let_go();

 private:
  static void OnSignal(int);
  static std::atomic<int> told_;  // the descriptor of the one there is, or -1

  Sys& sys_;
  UniqueFd event_;
  struct sigaction before_ = {};
};

}  // namespace eagain
