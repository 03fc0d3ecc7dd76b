#include <gtest/gtest.h>

#include "verdict_of.h"

namespace eagain::checks {
namespace {

TEST(DescriptorsTest, FailsOnAServerThatKeepsOneForEachClient) {
  EXPECT_THAT(VerdictOf("disconnect/descriptors", WrongServer("keeps-one-of-1")),
              FailsSaying("are open"));
}

TEST(DescriptorsTest, FailsOnAServerThatKeepsOneNowAndThen) {
  EXPECT_THAT(VerdictOf("disconnect/descriptors", WrongServer("keeps-one-of-100")),
              FailsSaying("are open"));
}

// As a pool of pipes does (Go's splice): it is as large as it was ever needed, and no larger.
TEST(DescriptorsTest, PassesOnAServerWhosePoolGrowsLate) {
  EXPECT_THAT(VerdictOf("disconnect/descriptors", WrongServer("has-a-growing-pool")), Passes());
}

}  // namespace
}  // namespace eagain::checks
