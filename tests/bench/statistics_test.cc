#include "eagain/bench/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "eagain/bench/latency_histogram.h"

namespace eagain::bench {
namespace {

using std::chrono::nanoseconds;

TEST(QuantileTest, LiesBetweenTheSamplesOnBothSides) {
  const std::vector<double> values{4, 1, 3, 2};
  EXPECT_DOUBLE_EQ(Quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(Quantile(values, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(Quantile(values, 1), 4);
}

TEST(SummarizeTest, MedianAndQuartilesAreNotMovedByOneDisturbedSample) {
  const Summary summary = Summarize(std::vector<double>{5, 1, 2, 3, 1e9});
  EXPECT_DOUBLE_EQ(summary.median, 3);
  EXPECT_DOUBLE_EQ(summary.low, 2);
  EXPECT_DOUBLE_EQ(summary.high, 5);
  EXPECT_EQ(summary.count, 5);
}

TEST(SummarizeTest, NoValuesAreNoReasonToFail) { EXPECT_EQ(Summarize({}).count, 0); }

TEST(RatioOfPairsTest, IsTheMedianOfRatiosAndNotTheRatioOfMedians) {
  // The machine is ten times slower in the second pair, for both.
  const Summary ratio =
      RatioOfPairs(std::vector<double>{100, 10, 100}, std::vector<double>{50, 5, 60});
  EXPECT_DOUBLE_EQ(ratio.median, 0.5);
  EXPECT_DOUBLE_EQ(ratio.low, 0.5);
  EXPECT_DOUBLE_EQ(ratio.high, 0.6);
}

TEST(RatioOfPairsTest, IntervalIsThatOfTheTablesForThePopulationMedian) {
  // 95 % for 30 samples: from the 10th to the 21st; for 6: from the first to the last.
  std::vector<double> first(30, 1.0);
  std::vector<double> second;
  for (int i = 1; i <= 30; ++i) {
    second.push_back(i);
  }
  const Summary thirty = RatioOfPairs(first, second);
  EXPECT_DOUBLE_EQ(thirty.low, 10);
  EXPECT_DOUBLE_EQ(thirty.high, 21);
  first.resize(6);
  second.resize(6);
  const Summary six = RatioOfPairs(first, second);
  EXPECT_DOUBLE_EQ(six.low, 1);
  EXPECT_DOUBLE_EQ(six.high, 6);
}

TEST(RatioOfPairsTest, PairOfNothingDoesNotCount) {
  EXPECT_EQ(RatioOfPairs(std::vector<double>{0, 2}, std::vector<double>{1, 1}).count, 1);
}

TEST(LatencyHistogramTest, QuantileIsWithinASixtyFourthAtEveryMagnitude) {
  for (int64_t value = 1; value < int64_t{1} << 50; value = value * 3 + 1) {
    LatencyHistogram latency;
    latency.add(nanoseconds(value));
    const auto kept = static_cast<double>(latency.quantile(0.5).count());
    EXPECT_NEAR(kept, static_cast<double>(value), static_cast<double>(value) / 64) << value;
  }
}

TEST(LatencyHistogramTest, QuantileIsTheNearestRank) {
  LatencyHistogram latency;
  for (int i = 1; i <= 50; ++i) {
    latency.add(nanoseconds(i));  // below 64 each value is kept as it is
  }
  EXPECT_EQ(latency.quantile(0.5), nanoseconds(25));
  EXPECT_EQ(latency.quantile(0.99), nanoseconds(50));
  EXPECT_EQ(latency.quantile(0.02), nanoseconds(1));
}

TEST(LatencyHistogramTest, SumHasAllOfBoth) {
  LatencyHistogram one;
  LatencyHistogram other;
  one.add(nanoseconds(10));
  other.add(nanoseconds(20));
  one.add(other);
  EXPECT_EQ(one.count(), 2);
  EXPECT_EQ(one.quantile(1), nanoseconds(20));
}

TEST(LatencyHistogramTest, EmptyOneSaysZero) {
  EXPECT_EQ(LatencyHistogram().quantile(0.99), nanoseconds(0));
}

}  // namespace
}  // namespace eagain::bench
