// What an idle client costs a server in memory: all that its processes hold in user space but the pages
// of files, each page shared out among those who have it (Pss_Anon and Pss_Shmem of
// proc_pid_smaps_rollup(5)), before and after.
#pragma once

#include <atomic>

#include "eagain/bench/contender.h"

namespace eagain::bench {

struct ClientMemory {
  int clients = 0;
  double untouched_bytes = 0;  // of a client that has said nothing
  double used_bytes = 0;       // once each was served a small message
};

// Of `clients` of them, or a tenth or a hundredth where the server does not serve as many. Throws
// driver::Failure where it serves none of these, HarnessError and Interrupted as RunLoad does.
ClientMemory MeasureMemory(const Contender& contender, int clients, const Cpus& cpus,
                           std::chrono::milliseconds patience, const std::atomic<bool>& stop);

}  // namespace eagain::bench
