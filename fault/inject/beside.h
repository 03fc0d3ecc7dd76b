// Starts a tracer beside this process: not its child, not its parent, in a session of its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "eagain/fault/inject/tracer.h"
#include "eagain/sys/unique_fd.h"

namespace eagain::fault {

// The tracer of this process, for as long as that has something to tell it.
class Beside {
 public:
  // Returns once this process, of one thread, is traced; or failure() says in one line why it is not.
  // `make` is called in the new process, with the pid of this one; `keep` is the descriptor that stays open
  // there, besides standard error, and -1 for none.
  Beside(int keep, const std::function<std::unique_ptr<Interceptor>(pid_t program)>& make);

  const std::optional<std::string>& failure() const { return failure_; }
  // The tracer serves the calls that are handed over to `listener` (handed_calls.h); 0, or an errno.
  int give(UniqueFd listener) const;

 private:
  UniqueFd channel_;
  std::optional<std::string> failure_;
};

}  // namespace eagain::fault
