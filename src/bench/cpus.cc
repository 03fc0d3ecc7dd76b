#include "eagain/bench/cpus.h"

#include <cerrno>
#include <cstring>
#include <string>

#include "eagain/driver/failure.h"

namespace eagain::bench {

std::vector<int> AllowedCpus() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  std::vector<int> cpus;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &allowed)) {
        cpus.push_back(cpu);
      }
    }
  }
  return cpus.empty() ? std::vector<int>{0} : cpus;
}

Cpus ChooseCpus(std::optional<int> server, std::optional<int> load) {
  const std::vector<int> allowed = AllowedCpus();
  Cpus cpus{.server = server.value_or(allowed.front()), .load = load.value_or(allowed.back())};
  if (!load && server == allowed.back()) {
    cpus.load = allowed.front();
  }
  return cpus;
}

PinnedTo::PinnedTo(int cpu) {
  CPU_ZERO(&before_);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  if (::sched_getaffinity(0, sizeof before_, &before_) != 0 ||
      ::sched_setaffinity(0, sizeof one, &one) != 0) {
    throw driver::HarnessError("cannot run on CPU " + std::to_string(cpu) + ": " +
                               std::strerror(errno));
  }
}

PinnedTo::~PinnedTo() { ::sched_setaffinity(0, sizeof before_, &before_); }

}  // namespace eagain::bench
