// What /proc says of processes whose doings are known.
#include "eagain/driver/proc_stats.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>
#include <vector>

#include "eagain/driver/proc_files.h"

namespace eagain::driver {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

// A child that does `prepare`, says so, and then waits until it is ended.
class Child {
 public:
  explicit Child(const std::function<void()>& prepare) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    EXPECT_EQ(::pipe(hold_), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(hold_[1]);
      prepare();
      static_cast<void>(!::write(ready[1], "x", 1));
      char byte = 0;
      static_cast<void>(!::read(hold_[0], &byte, 1));
      ::_exit(0);
    }
    ::close(hold_[0]);
    ::close(ready[1]);
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
  }
  ~Child() {
    ::close(hold_[1]);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  // Until all its threads sleep: it says that it is ready a moment before.
  TreeSample asleep(Detail detail = Detail::kAll) const {
    for (int looks = 0; looks < 100000; ++looks) {
      TreeSample sample = SampleTree(pid_, detail);
      if (sample.asleep()) {
        return sample;
      }
      ::sched_yield();
    }
    ADD_FAILURE() << "it never sleeps";
    return {};
  }
  int hold() const { return hold_[0]; }

 private:
  int hold_[2];
  pid_t pid_;
};

TEST(ParseStatTest, ANameMayHoldBlanksAndParentheses) {
  const auto stat = ParseStat(
      "42 (a) b (c) S 1 2 3 0 -1 4194560 1 2 3 4 150 50 0 0 20 0 1 0 777 9000 25 18446744");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "a) b (c");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, 1);
  EXPECT_EQ(stat->group, 2);
  EXPECT_EQ(stat->session, 3);
  EXPECT_EQ(stat->cpu, std::chrono::nanoseconds(200 * (1'000'000'000 / ::sysconf(_SC_CLK_TCK))));
  EXPECT_EQ(stat->start_ticks, 777U);
  EXPECT_EQ(stat->rss_bytes, 25U * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)));
}

TEST(ParseStatTest, WhatIsNoStatLineIsRefused) {
  EXPECT_FALSE(ParseStat(""));
  EXPECT_FALSE(ParseStat("42 no name"));
}

TEST(ProcStatsTest, DescriptorsAndSocketsAreCounted) {
  const auto counts = [](int files, int sockets) {
    const Child child([&] {
      for (int i = 0; i < files; ++i) {
        ::open("/dev/null", O_RDONLY);
      }
      for (int i = 0; i < sockets; ++i) {
        ::socket(AF_INET, SOCK_STREAM, 0);
      }
    });
    const auto sample = child.asleep();
    return std::pair(sample.descriptors(), sample.sockets());
  };
  const auto [files_before, sockets_before] = counts(0, 0);
  const auto [files, sockets] = counts(5, 3);
  EXPECT_EQ(files, files_before + 8);
  EXPECT_EQ(sockets, sockets_before + 3);
}

TEST(ProcStatsTest, MemoryThatIsTouchedIsResident) {
  constexpr size_t kSize = 8 << 20;
  const auto resident = [](size_t touched) {
    const Child child([&] {
      void* memory =
          ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      volatile char* bytes = static_cast<char*>(memory);
      for (size_t at = 0; at < touched; at += 4096) {
        bytes[at] = 1;
      }
    });
    return child.asleep().rss_bytes();
  };
  EXPECT_NEAR(static_cast<double>(resident(kSize) - resident(0)), kSize, kSize / 8.0);
}

TEST(ProcStatsTest, CpuIsExactWhileTheProcessSleepsAndCountsEndedThreads) {
  timespec used{};
  int report[2];
  ASSERT_EQ(::pipe(report), 0);
  const Child child([&] {
    std::thread([&] {
      timespec time{};
      do {
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
      } while (time.tv_nsec < 30'000'000);
    }).join();
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    static_cast<void>(!::write(report[1], &used, sizeof(used)));
  });
  ASSERT_EQ(::read(report[0], &used, sizeof(used)), static_cast<ssize_t>(sizeof(used)));
  const auto known = std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
  const auto cpu = child.asleep(Detail::kThreads).cpu();
  EXPECT_GE(cpu, known);
  EXPECT_LT(cpu, known + known / 2);
  EXPECT_EQ(child.asleep(Detail::kThreads).cpu(), cpu);
}

TEST(ProcStatsTest, ThreadsAndTheirStatesAreSeen) {
  const Child child([] {
    for (int i = 0; i < 3; ++i) {
      std::thread([] { ::pause(); }).detach();
    }
    std::thread([] {
      for (volatile unsigned turn = 0;;) {
        static_cast<void>(turn);
      }
    }).detach();
  });
  const auto sample = SampleTree(child.pid(), Detail::kThreads);
  EXPECT_EQ(sample.threads(), 5);
  EXPECT_FALSE(sample.asleep());
}

TEST(ProcStatsTest, WakeUpsAreCounted) {
  const Child child([] {
    for (int i = 0; i < 50; ++i) {
      ::usleep(100);
    }
  });
  EXPECT_GE(child.asleep().processes[0].threads[0].wakeups, 50U);
  EXPECT_GE(child.asleep().processes[0].threads[0].timeslices, 50U);
}

TEST(ProcStatsTest, DescendantsAreInTheTreeAndZombiesAreSaid) {
  const Child child([] {
    if (::fork() == 0) {
      ::fork();
      ::pause();
    }
    if (::fork() == 0) {
      ::_exit(0);
    }
  });
  TreeSample sample;
  const auto is_complete = [&] { return sample.processes.size() == 4 && sample.zombies() == 1; };
  for (int looks = 0; looks < 100000 && !is_complete(); ++looks) {
    sample = SampleTree(child.pid(), Detail::kThreads);
  }
  EXPECT_EQ(sample.processes.size(), 4U);
  EXPECT_EQ(sample.processes[0].pid, child.pid());
  EXPECT_EQ(sample.zombies(), 1);
  EXPECT_EQ(sample.threads(), 3);
  for (const pid_t pid : ProcessTree(child.pid())) {
    if (pid != child.pid()) {
      ::kill(pid, SIGKILL);
    }
  }
}

// An init waits for what is handed to it; a zombie is one that its own parent forgets.
TEST(ProcStatsTest, AnOrphanThatEndsIsNoZombieOfTheServer) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const Child child([] {
    ::setpgid(0, 0);
    const pid_t between = ::fork();
    if (between == 0) {
      if (::fork() != 0) {
        ::_exit(0);
      }
      ::pause();
    }
    ::waitpid(between, nullptr, 0);
  });
  pid_t orphan = 0;
  for (int looks = 0; looks < 100000 && orphan == 0; ++looks) {
    const TreeSample sample = SampleTree(child.pid(), Detail::kThreads);
    if (sample.processes.size() == 2 && sample.processes[1].parent == ::getpid()) {
      orphan = sample.processes[1].pid;
    }
  }
  ASSERT_NE(orphan, 0);
  ::kill(orphan, SIGKILL);
  TreeSample sample;
  for (int looks = 0; looks < 100000; ++looks) {
    sample = SampleTree(child.pid(), Detail::kThreads);
    ASSERT_EQ(sample.zombies(), 0);
    if (sample.processes.size() == 1) {
      break;
    }
  }
  EXPECT_EQ(sample.processes.size(), 1U);
  EXPECT_EQ(ProcessTree(child.pid()).size(), 1U);
  EXPECT_EQ(::kill(orphan, 0), -1);
}

TEST(ProcStatsTest, WhoTracesTheProcessIsNotInItsTree) {
  int pids[2];
  ASSERT_EQ(::pipe(pids), 0);
  const Child child([&] {
    const pid_t traced = ::getpid();
    ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    if (::fork() == 0) {
      const pid_t self = ::ptrace(PTRACE_SEIZE, traced, nullptr, nullptr) == 0 ? ::getpid() : 0;
      static_cast<void>(!::write(pids[1], &self, sizeof self));
      ::pause();
    }
    if (::fork() == 0) {
      ::pause();  // a child like any other
    }
  });
  pid_t tracer = 0;
  ASSERT_EQ(::read(pids[0], &tracer, sizeof tracer), static_cast<ssize_t>(sizeof tracer));
  if (tracer == 0) {
    GTEST_SKIP() << "ptrace(2) is refused here";
  }
  EXPECT_EQ(ProcessTree(child.pid()).size(), 2U);
  EXPECT_THAT(ProcessTree(child.pid()), testing::Not(Contains(tracer)));
  EXPECT_EQ(TracerOf(child.pid()), tracer);
  EXPECT_THAT(SampleTree(child.pid(), Detail::kThreads).tracer,
              ElementsAre(testing::Field(&ThreadSample::tid, tracer)));
  for (const pid_t pid : ProcessTree(child.pid())) {
    if (pid != child.pid()) {
      ::kill(pid, SIGKILL);
    }
  }
  ::kill(tracer, SIGKILL);
}

TEST(ProcStatsTest, AProcessWithManyThreadsKeepsItsChildren) {
  const Child child([] {
    for (int i = 0; i < 100; ++i) {  // more than the threads whose lists are read one by one
      std::thread([i] {
        if (i == 50 && ::fork() == 0) {
          ::pause();
        }
        ::pause();
      }).detach();
    }
  });
  size_t processes = 0;
  for (int looks = 0; looks < 100000 && processes < 2; ++looks) {
    processes = ProcessTree(child.pid()).size();
  }
  EXPECT_EQ(processes, 2U);
  ::kill(ProcessTree(child.pid()).back(), SIGKILL);
}

TEST(ProcStatsTest, OfAProcessThatIsNotThereThereIsNothing) {
  const pid_t gone = ::fork();
  if (gone == 0) {
    ::_exit(0);
  }
  ::waitpid(gone, nullptr, 0);
  EXPECT_THAT(ProcessTree(gone), IsEmpty());
  EXPECT_THAT(SampleTree(gone, Detail::kAll).processes, IsEmpty());
  EXPECT_THAT(BlockedIn(gone), IsEmpty());
}

TEST(BlockedInTest, NamesTheCallAndItsDescriptor) {
  const Child child([] {});
  child.asleep();
  EXPECT_THAT(BlockedIn(child.pid()), ElementsAre("read(" + std::to_string(child.hold()) + ")"));
}

TEST(BlockedInTest, LeavesOutWhatHasEnded) {
  const Child child([] {
    if (::fork() == 0) {
      ::_exit(0);
    }
  });
  TreeSample sample;
  for (int looks = 0; looks < 100000 && sample.zombies() == 0; ++looks) {
    sample = SampleTree(child.pid(), Detail::kThreads);
  }
  ASSERT_EQ(sample.zombies(), 1);
  child.asleep();
  EXPECT_THAT(BlockedIn(child.pid()), ElementsAre("read(" + std::to_string(child.hold()) + ")"));
}

TEST(BlockedInTest, CountsThreadsThatWaitForTheSame) {
  const Child child([] {
    for (int i = 0; i < 3; ++i) {
      std::thread([] { ::usleep(100'000'000); }).detach();
    }
  });
  child.asleep();
  EXPECT_THAT(BlockedIn(child.pid()), Contains("nanosleep (3 threads)"));
  EXPECT_EQ(WaitsOf(child.pid()).sleepers.size(), 3U);
  EXPECT_FALSE(WaitsOf(child.pid()).running);
}

}  // namespace
}  // namespace eagain::driver
