// Starts a tracer beside this process: not its child, not its parent, in a session of its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "eagain/fault/inject/tracer.h"

namespace eagain::fault {

// Returns once this process, of one thread, is traced; or says in one line why it is not. `make` is
// called in the new process, with the pid of this one; `keep` is the descriptor that stays open
// there, besides standard error, and -1 for none.
std::optional<std::string> TraceFromBeside(
    int keep, const std::function<std::unique_ptr<Interceptor>(pid_t program)>& make);

}  // namespace eagain::fault
