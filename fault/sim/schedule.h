// What a seed of the swarm stands for: a machine, clients, and faults. Everything is drawn anew for
// each seed, and whole features are left out of most of them, so that every combination comes up
// and none drowns out the others.
//
// A schedule is fair: a correct server passes it, whatever the seed. So what a client does takes a
// bounded time, faults come to an end, and nobody waits for what cannot come.
#pragma once

#include <cstdint>
#include <string>

#include "eagain/fault/sim/random_faults.h"
#include "eagain/fault/sim/scenario.h"

namespace eagain::sim {

struct Schedule {
  Scenario scenario;
  FaultOdds faults;
};

// `serial`: for a server that serves one client after the other; nobody stays for good, then, and
// nobody floods. `level`: of the faults.
Schedule ScheduleOf(uint64_t seed, bool serial, fault::Level level);

}  // namespace eagain::sim
