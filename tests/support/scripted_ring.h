// ScriptedRing: the ring of a ScriptedKernel. What is handed over is answered from its script, by
// the calls that the ring makes in the server's stead: accept4, recv and send of the kernel.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "eagain/support/scripted_kernel.h"
#include "eagain/sys/ring.h"

namespace eagain {

class ScriptedRing final : public Ring {
 public:
  explicit ScriptedRing(ScriptedKernel& kernel) : kernel_(kernel) {}

  SysResult<void> provide_buffers(unsigned count, size_t bytes) override;
  std::span<char> buffer(int number) override;
  void give_back(int number) override { free_.push_back(number); }
  SysResult<void> prepare(const Submission& submission) override;
  SysResult<void> submit(int timeout_ms) override;
  bool all_handed_over() const override { return prepared_.empty(); }
  bool next(Completion& completion) override;

 private:
  bool has_multishot(Submission::Op op) const;
  void hand_over(const Submission& submission);
  void answer(const Submission& submission, uint32_t ready);
  void accept(const Submission& submission);
  void receive(const Submission& submission);
  void send(const Submission& submission);
  void complete(const Submission& submission, int result, int buffer = -1);
  void cancel(const Submission& submission);

  ScriptedKernel& kernel_;
  std::vector<Submission> prepared_;
  std::vector<Submission> under_way_;
  std::deque<Completion> done_;
  std::unique_ptr<char[]> memory_;
  size_t buffer_bytes_ = 0;
  std::deque<int> free_;
};

}  // namespace eagain
