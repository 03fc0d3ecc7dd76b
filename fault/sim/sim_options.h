// What a simulated machine is like. All odds are per mille, and 0 is "never"; the defaults are a
// quiet loopback: everything arrives at once and whole, and nothing unusual happens.
#pragma once

#include <cstdint>
#include <string>

#include "eagain/fault/sim/agenda.h"

namespace eagain::sim {

struct SimOptions {
  uint64_t seed = 1;

  int descriptor_limit = 1024;      // RLIMIT_NOFILE
  int send_buffer = 16 * 1024;      // bytes, of sockets that set nothing
  int receive_buffer = 128 * 1024;  // bytes
  bool handlers_restart = false;    // signal handlers are installed with SA_RESTART
  bool sigpipe_ignored = true;      // otherwise SIGPIPE ends the program
  bool multishot_receive = true;    // a ring has it, with a limit of bytes (Linux 6.17)

  Time call_cost = kMicrosecond;  // virtual time that a system call takes
  uint64_t most_calls = 0;        // the program is ended after so many; 0: no bound

  // The network.
  Time latency = 0;                   // the usual upper bound; 0: everything arrives at once
  uint32_t slow_segment = 0;          // odds that one takes 20 times as long
  uint32_t cut_segment = 0;           // odds that only a part of what is under way arrives
  uint32_t late_end = 0;              // odds that a FIN comes later than the last bytes
  uint32_t late_acknowledgement = 0;  // odds that room in the send buffer appears later

  // The order of things.
  uint32_t shuffle_ready = 0;  // odds that a batch of ready events is in some other order
  uint32_t fewer_ready = 0;    // odds that a wait reports only some of those ready
  uint32_t switch_task = 0;    // odds that another runnable task goes first, at each call

  bool operator==(const SimOptions&) const = default;
};

}  // namespace eagain::sim
