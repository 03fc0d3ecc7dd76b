#include "eagain/checks/flood_threads.h"

#include <gtest/gtest.h>

#include <chrono>

namespace eagain::checks {
namespace {

using driver::ThreadSample;
using driver::TreeSample;
using std::chrono::milliseconds;

// Of a server of one process.
TreeSample Threads(std::vector<ThreadSample> threads) {
  TreeSample sample;
  sample.processes.emplace_back().threads = std::move(threads);
  return sample;
}

const TreeSample kBefore =
    Threads({{.tid = 10, .cpu = milliseconds(900)}, {.tid = 11, .cpu = milliseconds(5)}});

TEST(FloodThreadsTest, TheBusiestIsTheOneThatRanMostSince) {
  const TreeSample now = Threads({{.tid = 10, .cpu = milliseconds(901)},
                                  {.tid = 11, .cpu = milliseconds(25)},
                                  {.tid = 12, .cpu = milliseconds(2)}});
  EXPECT_EQ(BusiestThread(kBefore, now), 11);
}

TEST(FloodThreadsTest, NobodyIsTheBusiestWhereNothingIsCounted) {
  EXPECT_EQ(BusiestThread(kBefore, kBefore), 0);
  EXPECT_EQ(BusiestThread({}, {}), 0);
}

TEST(FloodThreadsTest, AThreadWaitsForCpuThatIsRunnableAndHardlyRan) {
  const TreeSample accepting = Threads(
      {{.tid = 10, .state = 'R', .cpu = milliseconds(901)}, {.tid = 11, .cpu = milliseconds(25)}});
  EXPECT_TRUE(OthersWaitForCpu(kBefore, accepting));
  const TreeSample accepted = Threads({{.tid = 10, .state = 'S', .cpu = milliseconds(901)},
                                       {.tid = 11, .state = 'R', .cpu = milliseconds(25)},
                                       {.tid = 12, .state = 'R'}});
  EXPECT_TRUE(OthersWaitForCpu(kBefore, accepted));
}

TEST(FloodThreadsTest, NobodyWaitsForCpuWhereAllButTheFloodsThreadsSleep) {
  const TreeSample two_floods = Threads({{.tid = 10, .state = 'R', .cpu = milliseconds(912)},
                                         {.tid = 11, .state = 'R', .cpu = milliseconds(25)},
                                         {.tid = 12, .state = 'S', .cpu = milliseconds(1)}});
  EXPECT_FALSE(OthersWaitForCpu(kBefore, two_floods));
}

TEST(FloodThreadsTest, AnyThreadMayWaitForCpuWhereNothingIsCounted) {
  EXPECT_TRUE(
      OthersWaitForCpu({}, Threads({{.tid = 10, .state = 'S'}, {.tid = 11, .state = 'R'}})));
  EXPECT_FALSE(OthersWaitForCpu({}, Threads({{.tid = 10, .state = 'R'}})));
}

TEST(FloodThreadsTest, TheMachineIsPartialThatLetsOneThreadRunTwiceAsReadilyAsAnother) {
  const TreeSample before = Threads({{.tid = 10, .cpu = milliseconds(900)},
                                     {.tid = 11, .run_delay = milliseconds(50)},
                                     {.tid = 12}});
  const TreeSample partial =
      Threads({{.tid = 10, .cpu = milliseconds(960), .run_delay = milliseconds(40)},
               {.tid = 11, .cpu = milliseconds(30), .run_delay = milliseconds(120)},
               {.tid = 12}});
  EXPECT_TRUE(CpuIsSharedUnequally(before, partial));
  const TreeSample impartial =
      Threads({{.tid = 10, .cpu = milliseconds(960), .run_delay = milliseconds(40)},
               {.tid = 11, .cpu = milliseconds(50), .run_delay = milliseconds(100)},
               {.tid = 12}});
  EXPECT_FALSE(CpuIsSharedUnequally(before, impartial));
}

TEST(FloodThreadsTest, TheMachineIsNotPartialToWhoHardlyWantsToRun) {
  const TreeSample now =
      Threads({{.tid = 10, .cpu = milliseconds(990)},
               {.tid = 11, .cpu = milliseconds(6), .run_delay = milliseconds(7)}});
  EXPECT_FALSE(CpuIsSharedUnequally(kBefore, now));
}

TEST(FloodThreadsTest, TheMachineMayBePartialWhereNothingIsCounted) {
  EXPECT_TRUE(CpuIsSharedUnequally({}, Threads({{.tid = 10}, {.tid = 11}})));
  EXPECT_FALSE(CpuIsSharedUnequally({}, Threads({{.tid = 10}})));
}

TEST(FloodThreadsTest, AServerOfOneThreadHasNoOthers) {
  const TreeSample before = Threads({{.tid = 10, .cpu = milliseconds(900)}});
  EXPECT_FALSE(
      OthersWaitForCpu(before, Threads({{.tid = 10, .state = 'R', .cpu = milliseconds(930)}})));
}

}  // namespace
}  // namespace eagain::checks
