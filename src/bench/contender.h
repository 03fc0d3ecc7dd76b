// A server that takes part, and how it is started for a moment.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "eagain/bench/cpus.h"
#include "eagain/driver/patience.h"
#include "eagain/driver/server_process.h"

namespace eagain::bench {

struct Contender {
  std::string name;
  driver::ServerCommand command;
};

// A contender that runs, on a CPU of its own; what it writes is read and thrown away meanwhile.
class RunningContender {
 public:
  // Listens when it returns. Throws driver::Failure when it does not come to that, HarnessError for
  // trouble of this machine's.
  RunningContender(const Contender& contender, int cpu);

  // Runs `work` in a thread that is pinned to `cpu`, to its end, and throws what it throws.
  void while_serving(int cpu, const std::function<void()>& work);

  driver::ServerProcess& process() { return *process_; }

 private:
  boost::asio::io_context io_;
  driver::Patience patience_;
  std::unique_ptr<driver::ServerProcess> process_;
};

}  // namespace eagain::bench
