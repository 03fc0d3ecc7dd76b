#include "eagain/checks/jain_index.h"

#include <gtest/gtest.h>

#include <vector>

namespace eagain::checks {
namespace {

TEST(JainIndexTest, IsOneWhenAllAreEqual) {
  EXPECT_DOUBLE_EQ(JainIndex(std::vector<uint64_t>{7, 7, 7}), 1.0);
}

TEST(JainIndexTest, IsTheShareOfThoseServedWhenTheOthersGetNothing) {
  EXPECT_DOUBLE_EQ(JainIndex(std::vector<uint64_t>{9, 0, 0, 0}), 0.25);
  EXPECT_DOUBLE_EQ(JainIndex(std::vector<uint64_t>{5, 5, 0, 0}), 0.5);
}

TEST(JainIndexTest, IsOneWhenThereIsNothingToShare) {
  EXPECT_DOUBLE_EQ(JainIndex({}), 1.0);
  EXPECT_DOUBLE_EQ(JainIndex(std::vector<uint64_t>{0, 0}), 1.0);
}

}  // namespace
}  // namespace eagain::checks
