#include "eagain/checks/flood_verdict.h"

#include <gtest/gtest.h>

#include "eagain/driver/failure.h"

namespace eagain::checks {
namespace {

TEST(FloodVerdictTest, AFewAnswersDuringTheFloodAreEnoughIfNobodyStarved) {
  EXPECT_NO_THROW(JudgeFlood(3, 0, 150, "expected"));
}

TEST(FloodVerdictTest, WhoStarvesMoreOftenThanNotIsNotServed) {
  EXPECT_THROW(JudgeFlood(0, 1, 150, "expected"), driver::Failure);
  EXPECT_THROW(JudgeFlood(4, 4, 150, "expected"), driver::Failure);
}

TEST(FloodVerdictTest, ABusyMachineAccusesNobody) {
  EXPECT_THROW(JudgeFlood(0, 0, 150, "expected"), driver::HarnessError);
  EXPECT_THROW(JudgeFlood(2, 0, 150, "expected"), driver::HarnessError);
}

}  // namespace
}  // namespace eagain::checks
