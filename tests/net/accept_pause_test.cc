#include "eagain/net/accept_pause.h"

#include <gtest/gtest.h>

#include "eagain/support/scripted_kernel.h"

namespace eagain {
namespace {

// The kernel's clock stands still but for naps.
class AcceptPauseTest : public testing::Test {
 protected:
  void pass_ms(int64_t duration_ms) {
    const timespec duration{.tv_sec = duration_ms / 1000,
                            .tv_nsec = (duration_ms % 1000) * 1'000'000};
    ASSERT_TRUE(kernel_.nanosleep(&duration, nullptr).ok());
  }

  ScriptedKernel kernel_;
  AcceptPause pause_{kernel_};
};

TEST_F(AcceptPauseTest, ThereIsNoneAtFirst) {
  EXPECT_FALSE(pause_.paused());
  EXPECT_EQ(pause_.remaining_ms(), -1);
  pause_.end_if_due();
  EXPECT_FALSE(pause_.paused());
}

TEST_F(AcceptPauseTest, EndsByItselfWhenItsTimeIsOverAndNotBefore) {
  EXPECT_TRUE(pause_.begin());
  EXPECT_EQ(pause_.remaining_ms(), AcceptPause::kFirstDelayMs);
  pass_ms(AcceptPause::kFirstDelayMs - 1);
  pause_.end_if_due();
  EXPECT_TRUE(pause_.paused());
  EXPECT_EQ(pause_.remaining_ms(), 1);
  pass_ms(1);
  EXPECT_EQ(pause_.remaining_ms(), 0);
  pause_.end_if_due();
  EXPECT_FALSE(pause_.paused());
}

TEST_F(AcceptPauseTest, EndsWhenAClientLeaves) {
  pause_.begin();
  pause_.client_left();
  EXPECT_FALSE(pause_.paused());
}

TEST_F(AcceptPauseTest, GrowsToASecondAndIsShortAgainAfterASuccess) {
  int longest_ms = 0;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(pause_.begin(), i == 0);
    longest_ms = pause_.remaining_ms();
  }
  EXPECT_EQ(longest_ms, AcceptPause::kLongestDelayMs);
  pause_.accepted();
  EXPECT_TRUE(pause_.begin());
  EXPECT_EQ(pause_.remaining_ms(), AcceptPause::kFirstDelayMs);
}

}  // namespace
}  // namespace eagain
