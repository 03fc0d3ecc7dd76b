#include "eagain/driver/settling.h"

#include <gtest/gtest.h>

#include <functional>

namespace eagain::driver {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class SettlingTest : public testing::Test {
 protected:
  // The next sample, 4 ms after the one before, of a tree of one thread.
  bool look(char state) {
    now_ += milliseconds(4);
    ThreadSample thread;
    thread.tid = 1;
    thread.state = state;
    thread.timeslices = timeslices_;
    ProcessSample process;
    process.pid = 1;
    process.cpu = cpu_;
    process.threads = {thread};
    TreeSample sample;
    sample.processes = {process};
    return settling_.look(sample, moves_, now_);
  }
  // How many samples it takes to settle; `step` comes before each.
  template <typename Step>
  int samples(Step step, char state = 'S') {
    for (int count = 1; count <= 1000; ++count) {
      step();
      if (look(state)) {
        return count;
      }
    }
    return -1;
  }
  void run(microseconds cpu) {
    cpu_ += cpu;
    ++timeslices_;
  }

  uint64_t timeslices_ = 0;
  microseconds cpu_{};
  uint64_t moves_ = 0;
  uint64_t queues_ = 0;
  ThreadWaits waits_;
  std::function<void()> meanwhile_ = [] {};  // what happens while the queues are looked at
  Settling settling_{{[this] { return waits_; },
                      [this] {
                        meanwhile_();
                        return queues_;
                      }}};
  Settling::Clock::time_point now_{std::chrono::seconds(1)};
};

TEST_F(SettlingTest, AServerThatDidNotRunForThreeSamplesHasSettled) {
  EXPECT_EQ(samples([] {}), 3);
}

TEST_F(SettlingTest, AServerThatWaitsForACpuHasNot) {
  EXPECT_EQ(samples([] {}, 'R'), -1);
}

TEST_F(SettlingTest, AServerThatSpinsHasNot) {
  EXPECT_EQ(samples([this] { run(milliseconds(4)); }, 'R'), -1);
}

TEST_F(SettlingTest, AServerCaughtAsleepBetweenTwoStretchesOfWorkHasNot) {
  EXPECT_EQ(samples([this] { run(milliseconds(2)); }), -1);
}

TEST_F(SettlingTest, WhileSomethingMovesItHasNot) {
  EXPECT_EQ(samples([this] { ++moves_; }), -1);
}

TEST_F(SettlingTest, AMoveStartsTheCountAnew) {
  EXPECT_FALSE(look('S'));
  EXPECT_FALSE(look('S'));
  ++moves_;
  EXPECT_EQ(samples([] {}), 3);
}

TEST_F(SettlingTest, AServerThatOnlyTicksSettlesOnceItsQueuesStayAsTheyAre) {
  EXPECT_GE(samples([this] { run(microseconds(100)); }), 40 / 4);
}

TEST_F(SettlingTest, AServerThatDrainsAQueueABitATickHasNotSettled) {
  EXPECT_EQ(samples([this] {
              run(microseconds(100));
              ++queues_;
            }),
            -1);
}

TEST_F(SettlingTest, AThreadThatSleepsForATimeMustHaveHadItsTurns) {
  waits_.sleepers = {1};
  int count = 0;
  // It wakes up every 48 ms, and sleeps in all samples in between.
  const int settled = samples([&] {
    if (++count % 12 == 0) {
      run(microseconds(50));
    }
  });
  EXPECT_GE(settled, 36);
}

TEST_F(SettlingTest, AThreadThatWokeUpSinceTheSampleIsNotTakenForOneThatWaits) {
  waits_.running = true;
  EXPECT_GT(samples([] {}), 250 / 4);
}

// On a machine that is busy it takes long, and the turns of that time were before the look.
TEST_F(SettlingTest, TurnsWhileTheQueuesAreLookedAtDoNotCount) {
  waits_.sleepers = {1};
  meanwhile_ = [this] {
    now_ += milliseconds(300);
    timeslices_ += 6;
  };
  int count = 0;
  EXPECT_EQ(samples([&] {
              if (++count % 12 == 0) {
                run(microseconds(50));
                ++queues_;
              }
            }),
            -1);
}

// A virtual machine that is paused goes on with a clock that jumped, and wakes nobody up before this
// harness has looked.
TEST_F(SettlingTest, ATimeInWhichNobodyLookedDoesNotCount) {
  waits_.sleepers = {1};
  int count = 0;
  EXPECT_EQ(samples([&] {
              if (++count % 12 == 6) {
                now_ += milliseconds(300);
              } else if (count % 12 == 0) {
                run(microseconds(50));
                ++queues_;
              }
            }),
            -1);
}

TEST_F(SettlingTest, AThreadThatSleepsForeverIsNotWaitedForForever) {
  waits_.sleepers = {1};
  EXPECT_NEAR(samples([] {}), 250 / 4, 5);
}

}  // namespace
}  // namespace eagain::driver
