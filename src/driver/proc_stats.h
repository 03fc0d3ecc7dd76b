// What /proc says of a process and all of its descendants: proc(5), and sched-stats in the kernel's
// documentation. Nothing here needs more rights than those over one's own child processes.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eagain::driver {

// One thread, as it was at the moment of the sample.
struct ThreadSample {
  pid_t tid = 0;
  char state = '?';                      // R, S, D, T, t, Z, X: see proc_pid_stat(5)
  std::chrono::nanoseconds cpu{};        // time on a CPU, from schedstat
  std::chrono::nanoseconds run_delay{};  // time runnable but not running, from schedstat
  uint64_t timeslices = 0;               // how often it came to run, from schedstat
  uint64_t wakeups = 0;                  // voluntary context switches (only with Detail::kAll)
};

struct ProcessSample {
  pid_t pid = 0;
  pid_t parent = 0;
  std::string name;                // comm
  std::chrono::nanoseconds cpu{};  // of all its threads, ended ones included
  uint64_t rss_bytes = 0;          // (only with Detail::kAll)
  int descriptors = 0;             // open descriptors of any kind (only with Detail::kAll)
  int sockets = 0;                 // of these, sockets (only with Detail::kAll)
  bool zombie = false;
  std::vector<ThreadSample> threads;
};

struct TreeSample {
  std::vector<ProcessSample> processes;  // the root first; empty when all are gone
  std::vector<ThreadSample> tracer;      // the threads of whoever traces the root (`eagain inject`)

  // Of the processes that live; what a child used that has ended and was reaped is not in it.
  std::chrono::nanoseconds cpu() const;
  uint64_t rss_bytes() const;
  int descriptors() const;
  int sockets() const;
  int threads() const;
  int zombies() const;
  // No thread is running, runnable or in disk sleep: everything waits for something to happen.
  bool asleep() const;
};

// What a sample reads: descriptors and memory cost more than the threads' states.
enum class Detail { kThreads, kAll };

// Samples `root` and all its descendants, orphans that were handed to this process (a subreaper, or
// the first process of its namespace) included. A process that ends meanwhile is left out.
TreeSample SampleTree(pid_t root, Detail detail);

// The CPU time of the tree's living processes, without a look at anything else.
std::chrono::nanoseconds CpuOf(pid_t root);

// The pids of `root` and its descendants, orphans handed to this process included.
std::vector<pid_t> ProcessTree(pid_t root);

// Who traces it (ptrace(2)); 0: nobody, or it is gone.
pid_t TracerOf(pid_t root);

// What one thread is doing: proc_pid_syscall(5).
struct ThreadCall {
  pid_t pid = 0;
  pid_t tid = 0;
  bool running = false;
  long number = -1;            // of the call; -1 when it is blocked outside of one
  std::string_view name;       // as reports have it: "recv", "epoll_wait"; empty when it is no call
                               // in which a server waits
  bool on_descriptor = false;  // arguments[0] is one
  std::array<uint64_t, 2> arguments{};
};
// Every thread of the tree whose call may be read (it takes the right to trace it: ptrace(2)).
std::vector<ThreadCall> CallsOf(pid_t root);

// What the threads of the tree are blocked in, in words fit for a report: "recvfrom(4)",
// "epoll_wait(3)", "running". From /proc/PID/task/TID/syscall; empty where that may not be read.
// Equal ones are counted: "futex (8 threads)".
std::vector<std::string> BlockedIn(pid_t root);

// What the threads of the tree wait for, as far as /proc/PID/task/TID/syscall may be read.
struct ThreadWaits {
  bool running = false;  // some thread does not wait
  std::vector<pid_t>
      sleepers;  // these wait for a time to pass, and for no descriptor: in nanosleep,
                 // or in select or poll with an empty set
};
ThreadWaits WaitsOf(pid_t root);

}  // namespace eagain::driver
