// PlanInterceptor: carries a plan out on the calls of a traced program.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "eagain/fault/inject/injection_writer.h"
#include "eagain/fault/inject/injector.h"
#include "eagain/fault/inject/ring.h"
#include "eagain/fault/inject/sockets.h"
#include "eagain/fault/inject/traced_call.h"
#include "eagain/fault/inject/tracer.h"
#include "eagain/fault/plan/plan_run.h"

namespace eagain::fault {

class PlanInterceptor final : public Interceptor {
 public:
  // `program` is the first process; the log goes to `log`, if that is not empty.
  PlanInterceptor(const InjectOptions& options, pid_t program, UniqueFd log);

  Task<> on_call(Tracee& tracee) override;
  std::optional<int64_t> on_handed_call(Tracee& tracee) override;
  bool never_waits(const Tracee& tracee) override;
  void on_interrupted(const Fault& fault) override;
  bool has_leftovers() const override { return writer_.has_lines(); }
  void on_idle() override;
  std::optional<Clock::time_point> due() const override { return due_; }
  void on_due() override;
  void on_first_process_ends(bool others) override;
  void on_all_ended() override;

 private:
  using Rings = std::map<std::pair<pid_t, int>, io_uring_params>;  // by process and descriptor

  Task<> on_plan_call(Tracee& tracee, TracedCall call);
  Task<> unharmed(Tracee& tracee, TracedCall& call);
  Task<> carry_out(Tracee& tracee, TracedCall& call, const Fault& fault);
  Task<> fail(Tracee& tracee, TracedCall& call, const Fault& fault);
  Task<> fail_close(Tracee& tracee, TracedCall& call, const Fault& fault);
  Task<> shorten(Tracee& tracee, TracedCall& call, const Fault& fault);
  void shortened_to(Tracee& tracee, TracedCall& call, const Fault& fault, int64_t result,
                    uint64_t bytes);
  Task<> on_dead(Tracee& tracee, TracedCall& call, const Fault& fault);
  Task<> abort_pending(Tracee& tracee, TracedCall& call, const Fault& fault);
  Task<> report_fewer(Tracee& tracee, TracedCall& call, const Fault& fault);
  Task<> reorder(Tracee& tracee, TracedCall& call, const Fault& fault);

  Task<> on_ring_setup(Tracee& tracee);
  Rings::const_iterator ring_of(const Tracee& tracee);
  Task<> on_ring_enter(Tracee& tracee, TracedCall& call);
  // How long the entry's call is to be late.
  std::chrono::microseconds on_ring_entry(Tracee& tracee, const Syscall& syscall, Ring& ring,
                                          io_uring_sqe& entry);
  void change_ring_entry(Tracee& tracee, TracedCall& call, const Fault& fault, Ring& ring,
                         io_uring_sqe& entry);

  // The call runs, changed by nobody; its result is in the registers then.
  Task<int64_t> run_call(Tracee& tracee, TracedCall& call);

  // Whether the thread makes again what was interrupted: what was decided for it then.
  std::optional<Interrupted> take_interrupted(Tracee& tracee);
  Decision decide(Tracee& tracee, TracedCall& call);
  void look(const Tracee& tracee, TracedCall& call);
  void made(Tracee& tracee, TracedCall& call, int64_t result);
  void watch(const Tracee& tracee, TracedCall& call);
  // Whether the fault can go on: re-armed, if it has to be; else it is withdrawn.
  bool rearmed_or_withdrawn(Tracee& tracee, TracedCall& call, const Fault& fault);
  void on_sigaction(const Tracee& tracee);
  void note(const std::string& text);
  void report();

  // The record of a fault comes back through PlanRun, which does not know of threads.
  void fired(Tracee& tracee, TracedCall& call, const Fault& fault, std::string got);
  void fired_for_all_to_see(Tracee& tracee, TracedCall& call, const Fault& fault, std::string got);
  void withdraw(Tracee& tracee, TracedCall& call, const Fault& fault, std::string reason);

  const bool observe_;
  const bool report_;
  InjectionWriter writer_;
  PlanRun run_;
  CallSet chosen_;  // of observe: the calls that are recorded; else those that rules name
  std::set<int64_t> handed_over_;  // numbers
  Sockets sockets_;
  Rings rings_;
  const Tracee* current_tracee_ = nullptr;
  const TracedCall* current_call_ = nullptr;
  std::set<std::string> notes_;
  bool reported_ = false;
  std::optional<Clock::time_point> due_;  // while sockets_ is in doubt
  Clock::duration pause_ = kLeastPause;   // until then

  static constexpr std::chrono::milliseconds kLeastPause{5};
};

}  // namespace eagain::fault
