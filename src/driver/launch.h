// Starting the program under test: what lies between fork(2) and execve(2).
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <string>

#include "eagain/driver/program_streams.h"
#include "eagain/driver/server_process.h"

namespace eagain::driver {

struct Launched {
  pid_t pid = -1;
  std::string mark;  // the value of kMarkVariable in its environment
};

// Starts `command` as ServerProcess promises, with its ends of `streams`. The child has the default
// disposition of every signal, none blocked, and no descriptor but 0, 1, 2; it dies with the thread
// that started it (PR_SET_PDEATHSIG). The same exceptions as ServerProcess.
Launched Launch(asio::io_context& io, const ServerCommand& command, uint16_t port,
                const ProgramStreams& streams);

}  // namespace eagain::driver
