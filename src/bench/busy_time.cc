#include "eagain/bench/busy_time.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "eagain/driver/proc_files.h"

namespace eagain::bench {
namespace {

using std::chrono::nanoseconds;

nanoseconds Ticks(uint64_t count) {
  return nanoseconds(count * (1'000'000'000 / static_cast<uint64_t>(::sysconf(_SC_CLK_TCK))));
}

// User, nice, system and interrupts; not idle, not what a hypervisor has taken away.
nanoseconds BusyOf(const std::string& stat, int cpu) {
  std::istringstream lines(stat);
  const std::string name = "cpu" + std::to_string(cpu);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    uint64_t user = 0, nice = 0, system = 0, idle = 0, waiting = 0, hard = 0, soft = 0;
    words >> first >> user >> nice >> system >> idle >> waiting >> hard >> soft;
    if (first == name) {
      return Ticks(user + nice + system + hard + soft);
    }
  }
  return {};
}

nanoseconds UsedBy(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto of = [](const timeval& time) -> nanoseconds {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

}  // namespace

BusyTime::BusyTime(const Cpus& cpus) : cpus_(cpus), from_(now()) {}

BusyTime::Moment BusyTime::now() const {
  const std::string stat = driver::ReadProcFile("/proc/stat").value_or("");
  Moment moment{.wall = std::chrono::steady_clock::now().time_since_epoch(),
                .busy = BusyOf(stat, cpus_.server),
                .own = UsedBy(RUSAGE_SELF) + UsedBy(RUSAGE_CHILDREN)};
  if (cpus_.apart()) {
    moment.busy += BusyOf(stat, cpus_.load);
  }
  return moment;
}

double BusyTime::used_by_others() const {
  const Moment until = now();
  const auto others = (until.busy - from_.busy) - (until.own - from_.own);
  const auto all = (until.wall - from_.wall) * (cpus_.apart() ? 2 : 1);
  return all.count() > 0
             ? std::clamp(static_cast<double>(others.count()) / static_cast<double>(all.count()),
                          0.0, 1.0)
             : 0;
}

}  // namespace eagain::bench
