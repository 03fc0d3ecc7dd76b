// Neighbours: processes that use a CPU without pause, on the CPU where the server is.
#pragma once

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

namespace eagain::driver {

// The last CPU that this process may use.
inline int LastCpu() {
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof(set), &set);
  int last = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) {
      last = cpu;
    }
  }
  return last;
}

inline void PinTo(pid_t pid, int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  ::sched_setaffinity(pid, sizeof(set), &set);
}

class Neighbours {
 public:
  Neighbours(int count, int cpu) {
    for (int i = 0; i < count; ++i) {
      const pid_t pid = ::fork();
      if (pid == 0) {
        PinTo(0, cpu);
        ::alarm(60);  // whatever becomes of the test
        for (volatile unsigned turn = 0;;) {
          static_cast<void>(turn);
        }
      }
      pids_.push_back(pid);
    }
  }
  ~Neighbours() {
    for (const pid_t pid : pids_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  }
  Neighbours(const Neighbours&) = delete;
  Neighbours& operator=(const Neighbours&) = delete;

 private:
  std::vector<pid_t> pids_;
};

// Puts a process behind its neighbours: it gets a few thousandths of the CPU.
inline void Starve(pid_t pid, int cpu) {
  PinTo(pid, cpu);
  const sched_param none{};
  ::sched_setscheduler(pid, SCHED_IDLE, &none);
}

}  // namespace eagain::driver
