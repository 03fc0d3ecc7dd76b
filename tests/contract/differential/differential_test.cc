// The simulated kernel against Linux: generated sequences of calls, compared call by call. How
// closely is said in lockstep.h.
//
// RC_PARAMS says how many and which: RC_PARAMS="max_success=10000 seed=5". Without it, 500 sequences
// of a fixed seed.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sched.h>

#include <cstdlib>
#include <iostream>

#include "lockstep.h"

namespace eagain::differential {
namespace {

TEST(DifferentialTest, LinuxAndTheSimulationAllowEachOthersAnswers) {
  setenv("RC_PARAMS", "max_success=500 seed=1", 0);
  // On one processor, packets are processed in the order in which they were sent.
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<size_t>(sched_getcpu()), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  uint64_t calls = 0;
  bool found = false;
  EXPECT_TRUE(rc::check([&calls, &found] {
    const Sequence sequence = *AnySequence();
    Lockstep lockstep(sequence);
    const std::optional<std::string> wrong = lockstep.run();
    calls += lockstep.calls();
    if (wrong) {
      if (!found) {  // shrinking takes its time
        std::cout << "before it is shrunk:\n" << *wrong << std::flush;
      }
      found = true;
      RC_FAIL(*wrong);
    }
  }));
  std::cout << calls << " calls compared\n";
}

}  // namespace
}  // namespace eagain::differential
