// What a server is given, what is kept of it, and how its processes are stopped and ended.
#include "eagain/driver/server_process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "eagain/driver/proc_files.h"
#include "eagain/driver/proc_stats.h"
#include "fixture.h"

namespace eagain::driver {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class ServerProcessTest : public DriverTest {
 protected:
  // The server, and one more process that was handed to us.
  static bool has_orphan(pid_t root) {
    const auto tree = SampleTree(root, Detail::kThreads).processes;
    return tree.size() == 2 && tree[1].parent == ::getpid();
  }
  static constexpr std::string_view kLeavesAnOrphan = R"(
import os, time
if os.fork() == 0:
    if os.fork() == 0:
        os.setsid(); time.sleep(60)
    os._exit(0)
os.wait()
time.sleep(60))";

  // Waits until the tree has this many processes and they all sleep.
  void wait_for_processes(size_t count) {
    wait_for([this, count] {
      const auto sample = SampleTree(server().pid(), Detail::kThreads);
      return sample.processes.size() == count && sample.asleep();
    });
  }
};

bool Exists(pid_t pid) { return ::access(("/proc/" + std::to_string(pid)).c_str(), F_OK) == 0; }

TEST_F(ServerProcessTest, SignalsAreAsAShellGivesThemWhateverTheHarnessDoes) {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t usr1;
  ::sigemptyset(&usr1);
  ::sigaddset(&usr1, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &usr1, nullptr);
  launch(shell("exec /bin/grep -E 'Sig(Blk|Ign)' /proc/self/status"));
  ::sigprocmask(SIG_UNBLOCK, &usr1, nullptr);
  EXPECT_EQ(output_at_end(), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_F(ServerProcessTest, OnlyTheThreeStandardDescriptorsAreInherited) {
  const int leaked = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC
  launch(shell("readlink /proc/$$/fd/0; ls /proc/$$/fd; cat"));
  ::close(leaked);
  // 10 is the shell's own copy of nothing: only what it opened itself may be beside 0, 1, 2.
  EXPECT_EQ(output_at_end(), "/dev/null\n0\n1\n2\n");
}

TEST_F(ServerProcessTest, TheDescriptorLimitIsSetBeforeItStarts) {
  ServerCommand command = shell("ulimit -Sn; ulimit -Hn");
  command.descriptor_limit = 77;
  launch(command);
  EXPECT_EQ(output_at_end(), "77\n77\n");
}

TEST_F(ServerProcessTest, ItLeadsAProcessGroupOfItsOwn) {
  launch(shell("cut -d' ' -f5 /proc/$$/stat"));
  const std::string group = std::to_string(server().pid()) + "\n";
  EXPECT_EQ(output_at_end(), group);
}

TEST_F(ServerProcessTest, BothOutputsAreKeptAndTheEndIsReported) {
  launch(shell("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(output_at_end(), "out\nerr\n");
  EXPECT_FALSE(server().ended()->signaled);
  EXPECT_EQ(server().ended()->describe(), "exit status 7");
}

TEST_F(ServerProcessTest, OfALongOutputTheBeginningAndTheEndAreKept) {
  launch(shell("echo first; seq 1 200000; echo last"));
  const std::string output = output_at_end();
  EXPECT_THAT(output, AllOf(StartsWith("first\n1\n2\n"), HasSubstr("bytes left out"),
                            EndsWith("\n200000\nlast\n")));
  EXPECT_LT(output.size(), 66000U);
}

TEST_F(ServerProcessTest, AServerThatPrintsWithoutEndIsDrainedAndStarvesNobody) {
  start(std::string("import threading\ndef p():\n  while True: print('x' * 10000)\n"
                    "threading.Thread(target=p, daemon=True).start()\n") +
        std::string(kEcho));
  run([&]() -> asio::awaitable<void> {
    Peer one = co_await connect();
    for (int i = 0; i < 50; ++i) {
      co_await one.round_trip("ping");
    }
  });
  // More than a pipe holds: it would have stood still without a reader.
  wait_for([&] { return server().output().size() > 65536; });
}

TEST_F(ServerProcessTest, ASignalGoesToTheFirstProcessOnly) {
  launch(python(R"(
import os, signal, sys, time
if os.fork() == 0:
    signal.signal(signal.SIGTERM, lambda *_: print("child", flush=True))
    time.sleep(60)
signal.signal(signal.SIGTERM, lambda *_: (print("parent", flush=True), os._exit(5)))
print("ready", flush=True)
while True: time.sleep(60))"));
  wait_for([&] { return server().output() == "ready\n"; });
  wait_for_processes(2);
  server().signal(SIGTERM);
  EXPECT_EQ(output_at_end(), "ready\nparent\n");
  EXPECT_EQ(server().ended()->describe(), "exit status 5");
}

TEST_F(ServerProcessTest, KillingTheTreeLeavesNothingAndTheEndIsStillReported) {
  launch(python(R"(
import os, time
for _ in range(3):
    if os.fork() == 0:
        if os.fork() == 0: os.setsid()
        time.sleep(60)
time.sleep(60))"));
  wait_for_processes(7);
  const auto tree = ProcessTree(server().pid());
  server().kill_tree();
  EXPECT_EQ(SampleTree(server().pid(), Detail::kThreads).threads(), 0);
  output_at_end();
  EXPECT_EQ(server().ended()->describe(), "killed by SIGKILL (signal 9)");
  // Orphans come to this process to be reaped, each when it has ended.
  wait_for([&] { return std::none_of(tree.begin(), tree.end(), Exists); });
}

TEST_F(ServerProcessTest, AServerThatForksWithoutPauseIsKilled) {
  launch(python(R"(
import os, time
print("ready", flush=True)
while True:
    try:
        if os.fork() == 0: time.sleep(60)
    except BlockingIOError: pass
    time.sleep(0.001))"));
  wait_for([&] { return ProcessTree(server().pid()).size() > 10; });
  const pid_t root = server().pid();
  stop();
  EXPECT_TRUE(ProcessTree(root).empty());
}

TEST_F(ServerProcessTest, OrphansBelongToTheTreeAndAreReapedAndNobodyElsesChildrenAre) {
  const pid_t mine = ::fork();
  if (mine == 0) {
    ::_exit(3);
  }
  launch(python(kLeavesAnOrphan));
  wait_for([&] { return has_orphan(server().pid()); });
  const auto tree = ProcessTree(server().pid());
  stop();
  EXPECT_FALSE(Exists(tree[1]));
  int status = 0;
  EXPECT_EQ(::waitpid(mine, &status, 0), mine);
  EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST_F(ServerProcessTest, TwoServersDoNotMixUpTheirOrphans) {
  ServerProcess other(io_, python(kLeavesAnOrphan), FindFreePort());
  launch(python(kLeavesAnOrphan));
  wait_for([&] { return has_orphan(server().pid()) && has_orphan(other.pid()); });
  const auto others = ProcessTree(other.pid());
  stop();
  EXPECT_EQ(ProcessTree(other.pid()), others);
}

char StateOf(pid_t pid) {
  const auto stat = ReadStat("/proc/" + std::to_string(pid));
  return stat ? stat->state : 'X';
}

TEST_F(ServerProcessTest, FreezingStopsEveryThreadOfEveryProcess) {
  start(python(R"(
import os, socket, sys, threading, time
def spin():
    while True: sum(range(100))
for _ in range(2): os.fork()
for _ in range(4): threading.Thread(target=spin).start()
s = socket.create_server(('127.0.0.1', int(sys.argv[1])), reuse_port=True)
while True: time.sleep(0.001))"));
  for (int round = 0; round < 5; ++round) {
    server().freeze();
    EXPECT_TRUE(server().frozen());
    const auto sample = SampleTree(server().pid(), Detail::kThreads);
    EXPECT_EQ(sample.processes.size(), 4U);
    for (const ProcessSample& process : sample.processes) {
      for (const ThreadSample& thread : process.threads) {
        EXPECT_EQ(thread.state, 'T') << process.pid << "/" << thread.tid;
      }
    }
    // Nothing ran since.
    EXPECT_EQ(SampleTree(server().pid(), Detail::kThreads).cpu(), sample.cpu());
    server().thaw();
    wait_for([&] { return SampleTree(server().pid(), Detail::kThreads).cpu() > sample.cpu(); });
  }
}

TEST_F(ServerProcessTest, FreezingCatchesAServerThatForksMeanwhile) {
  launch(python(R"(
import os, time
while True:
    pid = os.fork()
    if pid == 0:
        if os.fork() == 0: time.sleep(0.01)
        os._exit(0)
    os.waitpid(pid, 0))"));
  wait_for([&] { return ProcessTree(server().pid()).size() > 2; });
  for (int round = 0; round < 10; ++round) {
    server().freeze();
    const auto frozen = ProcessTree(server().pid());
    for (const pid_t pid : frozen) {
      const char state = StateOf(pid);
      EXPECT_TRUE(state == 'T' || state == 'Z') << state;
    }
    EXPECT_EQ(ProcessTree(server().pid()), frozen);
    server().thaw();
  }
}

TEST_F(ServerProcessTest, AProcessThatVforkedIsFrozenWithItsChild) {
  // The parent sleeps uninterruptibly until the child, which never execs, ends.
  launch(python(R"(
import ctypes, time
libc = ctypes.CDLL(None)
if libc.vfork() == 0: time.sleep(60))"));
  wait_for([&] { return ProcessTree(server().pid()).size() == 2; });
  server().freeze();
  EXPECT_EQ(StateOf(ProcessTree(server().pid()).back()), 'T');
  server().thaw();
}

}  // namespace
}  // namespace eagain::driver
