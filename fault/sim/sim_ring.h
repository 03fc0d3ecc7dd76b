// SimRing: the simulated kernel's io_uring. What is handed over is tried at once and, if it would
// block, again whenever something changes; what it came to is a state of the simulated sockets like
// everything else, faults included. Which of those that can be completed is completed first, the
// seed decides.
//
// Unlike Linux's: a ring takes no descriptor; completions are never lost and never overflow; who
// closes a descriptor has to cancel what is under way on it.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "eagain/fault/sim/sim_kernel.h"
#include "eagain/sys/ring.h"

namespace eagain::sim {

class SimRing final : public Ring {
 public:
  // `kernel` outlives this object.
  explicit SimRing(SimKernel& kernel) : kernel_(kernel) {}
  ~SimRing() override;

  SysResult<void> provide_buffers(unsigned count, size_t bytes) override;
  std::span<char> buffer(int number) override;
  void give_back(int number) override { free_.push_back(number); }
  SysResult<void> prepare(const Submission& submission) override;
  SysResult<void> submit(int timeout_ms) override;
  bool all_handed_over() const override { return prepared_.empty(); }
  bool next(Completion& completion) override;

 private:
  struct Operation {
    Submission what;
    File* file = nullptr;  // kept, even if its descriptor is closed meanwhile
    bool over = false;
  };

  SysResult<void> enter(int timeout_ms);
  void hand_over();
  void cancel(const Submission& submission);
  void try_all();
  void try_each();
  void attempt(Operation& operation);
  void accept(Operation& operation);
  void receive(Operation& operation);
  void receive_once(Operation& operation);
  void send(Operation& operation);
  void complete(Operation& operation, int result, int buffer = -1);
  void stays_or_again(Operation& operation);
  void let_go(File& file);

  SimKernel& kernel_;
  std::vector<Submission> prepared_;
  std::vector<std::unique_ptr<Operation>> under_way_;  // by age
  std::deque<Completion> done_;
  std::unique_ptr<char[]> memory_;
  size_t buffer_bytes_ = 0;
  std::deque<int> free_;  // numbers of the buffers to choose from, in this order
};

}  // namespace eagain::sim
