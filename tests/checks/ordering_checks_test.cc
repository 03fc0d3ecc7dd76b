#include <gtest/gtest.h>

#include "verdict_of.h"

namespace eagain::checks {
namespace {

TEST(QueuedBeforeNewTest, FailsWhereNewBytesOvertake) {
  EXPECT_THAT(VerdictOf("ordering/queued-before-new", Student("select", "tail-after-newer")),
              FailsSaying("these are the bytes of offset"));
}

// To be stopped would make a send short that waits for room: what a server does then is what
// fault/send-short-blocking asks.
TEST(QueuedBeforeNewTest, DoesNotMakeABlockingSendShort) {
  for (const char* strategy : {"threads", "processes", "blocking"}) {
    EXPECT_THAT(VerdictOf("ordering/queued-before-new", Student(strategy, "tail-dropped")),
                Passes())
        << strategy;
  }
}

}  // namespace
}  // namespace eagain::checks
