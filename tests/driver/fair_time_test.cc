#include "eagain/driver/fair_time.h"

#include <gtest/gtest.h>

namespace eagain::driver {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr nanoseconds kWall = milliseconds(100);

ThreadSample Thread(pid_t tid, char state, milliseconds cpu, milliseconds delay) {
  return {
      .tid = tid, .state = state, .cpu = cpu, .run_delay = delay, .timeslices = 0, .wakeups = 0};
}

TreeSample Tree(std::vector<ThreadSample> threads, milliseconds cpu) {
  ProcessSample process;
  process.pid = 1;
  process.cpu = cpu;
  process.threads = std::move(threads);
  TreeSample tree;
  tree.processes.push_back(std::move(process));
  return tree;
}

IntervalShare Share(const TreeSample& before, const TreeSample& after,
                    nanoseconds harness_lost = {}, unsigned cpus = 2) {
  return ShareOf(before, after, {.wall = kWall, .harness_lost = harness_lost, .cpus = cpus});
}

TEST(FairTimeTest, AServerThatSleepsHadAllTheTime) {
  const auto tree = Tree({Thread(1, 'S', milliseconds(7), milliseconds(3))}, milliseconds(7));
  const auto share = Share(tree, tree);
  EXPECT_EQ(share.fair, kWall);
  EXPECT_EQ(share.quiet, kWall);
  EXPECT_EQ(share.busy, nanoseconds(0));
}

TEST(FairTimeTest, AServerThatRunsIsBusyAllTheTime) {
  const auto share =
      Share(Tree({Thread(1, 'R', milliseconds(0), milliseconds(0))}, milliseconds(0)),
            Tree({Thread(1, 'R', milliseconds(100), milliseconds(0))}, milliseconds(100)));
  EXPECT_EQ(share.busy, kWall);
  EXPECT_EQ(share.quiet, nanoseconds(0));
}

TEST(FairTimeTest, WhatATickingServerUsesIsAllThatIsBusy) {
  const auto share =
      Share(Tree({Thread(1, 'S', milliseconds(0), milliseconds(0))}, milliseconds(0)),
            Tree({Thread(1, 'S', milliseconds(5), milliseconds(1))}, milliseconds(5)));
  EXPECT_EQ(share.fair, milliseconds(99));
  EXPECT_EQ(share.busy, milliseconds(5));
  EXPECT_EQ(share.quiet, milliseconds(94));
}

TEST(FairTimeTest, AServerThatWaitsForACpuAllTheTimeHasNone) {
  // Its wait shows in run_delay only once it is over.
  const auto tree = Tree({Thread(1, 'R', milliseconds(7), milliseconds(3))}, milliseconds(7));
  EXPECT_EQ(Share(tree, tree).fair, nanoseconds(0));
}

TEST(FairTimeTest, AWaitThatIsOverIsTakenOff) {
  const auto share =
      Share(Tree({Thread(1, 'S', milliseconds(7), milliseconds(3))}, milliseconds(7)),
            Tree({Thread(1, 'S', milliseconds(8), milliseconds(83))}, milliseconds(8)));
  EXPECT_EQ(share.fair, milliseconds(20));
}

TEST(FairTimeTest, TheThreadThatWaitedLongestCounts) {
  const auto share = Share(Tree({Thread(1, 'S', milliseconds(0), milliseconds(0)),
                                 Thread(2, 'S', milliseconds(0), milliseconds(0))},
                                milliseconds(0)),
                           Tree({Thread(1, 'S', milliseconds(0), milliseconds(0)),
                                 Thread(2, 'S', milliseconds(0), milliseconds(60))},
                                milliseconds(0)));
  EXPECT_EQ(share.fair, milliseconds(40));
}

TEST(FairTimeTest, AServerWhoseThreadsCompeteOnlyWithEachOtherIsNotStarved) {
  std::vector<ThreadSample> before;
  std::vector<ThreadSample> after;
  for (pid_t tid = 1; tid <= 8; ++tid) {
    before.push_back(Thread(tid, 'R', milliseconds(0), milliseconds(0)));
    after.push_back(Thread(tid, 'R', milliseconds(25), milliseconds(75)));
  }
  const auto share = Share(Tree(before, milliseconds(0)), Tree(after, milliseconds(200)));
  EXPECT_EQ(share.fair, kWall);
  EXPECT_EQ(share.busy, kWall);
}

TEST(FairTimeTest, WhatItsTracerWaitsForACpuIsNotTheServersFault) {
  auto before = Tree({Thread(1, 'S', milliseconds(7), milliseconds(3))}, milliseconds(7));
  before.tracer = {Thread(9, 'S', milliseconds(5), milliseconds(2))};
  auto after = before;
  after.tracer = {Thread(9, 'S', milliseconds(6), milliseconds(42))};
  EXPECT_EQ(Share(before, after).fair, milliseconds(60));
  after.tracer = {Thread(9, 'R', milliseconds(5), milliseconds(2))};
  EXPECT_EQ(Share(before, after).fair, nanoseconds(0));
  after.tracer = {Thread(9, 'R', milliseconds(105), milliseconds(2))};
  EXPECT_EQ(Share(before, after).quiet, kWall);
}

TEST(FairTimeTest, ADiskOrATracerIsNotTheServersFault) {
  for (const char state : {'D', 't'}) {
    const auto tree = Tree({Thread(1, state, milliseconds(7), milliseconds(3))}, milliseconds(7));
    EXPECT_EQ(Share(tree, tree).fair, nanoseconds(0)) << state;
  }
}

TEST(FairTimeTest, WhatTheHarnessLostIsTakenOff) {
  const auto tree = Tree({Thread(1, 'S', milliseconds(7), milliseconds(3))}, milliseconds(7));
  EXPECT_EQ(Share(tree, tree, milliseconds(30)).fair, milliseconds(70));
  EXPECT_EQ(Share(tree, tree, milliseconds(130)).fair, nanoseconds(0));
}

TEST(FairTimeTest, ServerAndHarnessNeedNotRunAtTheSameTime) {
  const auto before = Tree({Thread(1, 'S', milliseconds(0), milliseconds(0))}, milliseconds(0));
  const auto after = Tree({Thread(1, 'S', milliseconds(0), milliseconds(60))}, milliseconds(0));
  EXPECT_EQ(Share(before, after, milliseconds(50)).fair, milliseconds(40));
  EXPECT_EQ(Share(before, after, milliseconds(70)).fair, milliseconds(30));
}

TEST(FairTimeTest, ANumberGivenToANewThreadIsNotComparedWithTheOldOne) {
  const auto share =
      Share(Tree({Thread(1, 'S', milliseconds(500), milliseconds(400))}, milliseconds(500)),
            Tree({Thread(1, 'S', milliseconds(2), milliseconds(10))}, milliseconds(2)));
  EXPECT_EQ(share.fair, milliseconds(90));
  EXPECT_EQ(share.busy, milliseconds(2));
}

TEST(FairTimeTest, WithoutAServerAllTimeIsQuiet) { EXPECT_EQ(Share({}, {}).quiet, kWall); }

}  // namespace
}  // namespace eagain::driver
