// Runs a server of a strategy on a ScriptedKernel until the script is over.
#pragma once

#include <string_view>

#include "eagain/servers/registry.h"
#include "eagain/support/scripted_kernel.h"

namespace eagain {

inline void RunToTheEnd(std::string_view strategy, ScriptedKernel& kernel,
                        ServerOptions options = {}) {
  options.loops = 1;  // the script is one thread's
  Stop stop(kernel);
  kernel.request_at_end(stop);
  FindStrategy(strategy)->make(kernel, options)->run(stop);
}

}  // namespace eagain
