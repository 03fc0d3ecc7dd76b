// Which CPU the server runs on, and which one the load: so that the scheduler's moves are not what
// is measured.
#pragma once

#include <sched.h>

#include <optional>
#include <vector>

namespace eagain::bench {

struct Cpus {
  int server = 0;
  int load = 0;  // the same where there is only one

  bool apart() const { return server != load; }
};

// Those that this process may run on, ascending.
std::vector<int> AllowedCpus();

// The first one that is allowed for the server and the last one for the load, unless told otherwise.
Cpus ChooseCpus(std::optional<int> server, std::optional<int> load);

// While it lives, this thread runs on one CPU, and so does for good whatever it starts meanwhile.
class PinnedTo {
 public:
  explicit PinnedTo(int cpu);
  ~PinnedTo();
  PinnedTo(const PinnedTo&) = delete;
  PinnedTo& operator=(const PinnedTo&) = delete;

 private:
  cpu_set_t before_;
};

}  // namespace eagain::bench
