#include "simulated_kernel.h"

#include <utility>

#include "eagain/fault/sim/sim_kernel.h"

namespace eagain {
namespace {

class SimulatedKernel final : public ContractKernel {
 public:
  explicit SimulatedKernel(const sim::SimOptions& options) : kernel_(options) {}

  Sys& sys() override { return kernel_; }
  void limit_descriptors(int limit) override { kernel_.limit_descriptors(limit); }

  void beside(std::function<void()> work) override {
    task_ = kernel_.scheduler().spawn(std::move(work));
  }
  void join() override {
    while (!kernel_.scheduler().done(task_)) {
      kernel_.scheduler().wait(sim::Scheduler::kAnyChannel, sim::kNever);
    }
  }
  void until_beside_waits() override {
    const timespec moment{0, 1'000'000};
    EXPECT_TRUE(kernel_.nanosleep(&moment, nullptr).ok());
  }

 private:
  SimKernel kernel_;
  uint64_t task_ = UINT64_MAX;  // none yet: done
};

}  // namespace

std::unique_ptr<ContractKernel> MakeQuietSimulation() {
  return std::make_unique<SimulatedKernel>(sim::SimOptions{});
}

std::unique_ptr<ContractKernel> MakeBusySimulation() {
  sim::SimOptions options;
  options.seed = 7;
  options.latency = 200 * sim::kMicrosecond;
  options.slow_segment = 100;
  options.cut_segment = 300;
  options.late_end = 300;
  options.late_acknowledgement = 300;
  options.switch_task = 300;
  return std::make_unique<SimulatedKernel>(options);
}

}  // namespace eagain
