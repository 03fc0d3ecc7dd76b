#include "eagain/fault/inject/plan_interceptor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "eagain/fault/inject/program_memory.h"
#include "eagain/fault/inject/shortened_call.h"
#include "eagain/fault/inject/stops.h"
#include "eagain/fault/inject/taken_descriptor.h"
#include "eagain/fault/plan/errno_name.h"

namespace eagain::fault {
namespace {

PlanRun::Options WithObserver(PlanRun::Options options,
                              std::function<void(const FaultRecord&)> observer) {
  options.on_record = std::move(observer);
  return options;
}

// Of a call that was handed over it is not known where the thread stands.
bool SameCall(const Registers& a, const Registers& b) {
  const bool both_stopped = a.stack() != 0 && b.stack() != 0;
  const bool same_place = a.instruction() == b.instruction() && a.stack() == b.stack();
  return SameRequest(a, b) && (same_place || !both_stopped);
}

}  // namespace

PlanInterceptor::PlanInterceptor(const InjectOptions& options, pid_t program, UniqueFd log)
    : observe_(options.observe),
      report_(options.report),
      writer_(std::move(log)),
      run_(options.plan, writer_ ? WithObserver(options.run,
                                                [this](const FaultRecord& record) {
                                                  writer_.fault(*current_tracee_, *current_call_,
                                                                record);
                                                })
                                 : options.run),
      chosen_(ChosenCalls(options)) {
  for (const FilteredCall& call : StopsFor(options)) {
    if (call.handed_over) {
      handed_over_.insert(call.number);
    }
  }
  writer_.start({.injector = ::getpid(),
                 .program = program,
                 .observe = observe_,
                 .hostile = options.run.hostile},
                run_);
}

Task<> PlanInterceptor::on_call(Tracee& tracee) {
  const Syscall* syscall = SyscallNumbered(tracee.registers.number());
  if (syscall == nullptr) {
    co_return;
  }
  switch (syscall->use) {
    case Syscall::Use::kSigaction:
      on_sigaction(tracee);
      co_return;
    case Syscall::Use::kRingSetup:
      co_await on_ring_setup(tracee);
      co_return;
    case Syscall::Use::kOutOfReach:
      note(fmt::format("process {} calls {}: no rule reaches that", tracee.process->pid,
                       syscall->name));
      co_return;
    case Syscall::Use::kCall:
      co_await on_plan_call(tracee, ReadCall(tracee, *syscall));
      co_return;
  }
}

std::optional<int64_t> PlanInterceptor::on_handed_call(Tracee& tracee) {
  TracedCall call = ReadCall(tracee, *SyscallNumbered(tracee.registers.number()));
  look(tracee, call);
  const Decision decision = decide(tracee, call);
  if (!decision.fault) {
    return std::nullopt;
  }
  const Fault& fault = *decision.fault;
  if (!rearmed_or_withdrawn(tracee, call, fault)) {
    return std::nullopt;
  }
  const ShortenedCall shortened(tracee, call, std::get<Short>(fault.outcome).bytes);
  const std::optional<int64_t> sent = shortened.sent_from_here(tracee, call);
  if (sent) {
    shortened_to(tracee, call, fault, *sent, shortened.bytes());
  } else {
    run_.made_no_difference(fault);
  }
  return sent;
}

bool PlanInterceptor::never_waits(const Tracee& tracee) {
  const int64_t number = tracee.registers.number();
  if (!handed_over_.contains(number)) {
    return false;
  }
  const CallEvent event = ReadCall(tracee, *SyscallNumbered(number)).event;
  const UniqueFd taken = TakeDescriptor(tracee.process->handle->get(), event.fd);
  pollfd room{.fd = taken.get(), .events = POLLOUT, .revents = 0};
  return event.non_blocking ||
         (taken && ((::fcntl(taken.get(), F_GETFL) & O_NONBLOCK) != 0 || ::poll(&room, 1, 0) > 0));
}

void PlanInterceptor::on_interrupted(const Fault& fault) { run_.made_no_difference(fault); }

void PlanInterceptor::on_idle() { writer_.flush(); }

// It takes time for each descriptor of an epoll: no more than a hundredth of all.
void PlanInterceptor::on_due() {
  constexpr int kShare = 100;
  const auto start = Clock::now();
  for (const uint64_t connection : sockets_.make_sure()) {
    note(fmt::format("client {} has come to be watched edge-triggered: its faults are re-armed",
                     connection));
  }
  pause_ = std::max<Clock::duration>(kLeastPause, (Clock::now() - start) * kShare);
  due_.reset();
}

void PlanInterceptor::on_first_process_ends(bool others) {
  if (!others) {
    report();
  }
  writer_.end(run_);
  writer_.flush();
}

void PlanInterceptor::on_all_ended() {
  report();
  if (!writer_.ended()) {
    writer_.end(run_);
  }
  writer_.flush();
}

void PlanInterceptor::report() {
  if (!report_ || std::exchange(reported_, true) || observe_) {
    return;
  }
  std::string text = run_.report(writer_ ? 0 : 100);
  for (const std::string& one : notes_) {
    text += "  " + one + "\n";
  }
  fmt::print(stderr, "{}", text);
  std::fflush(stderr);
}

void PlanInterceptor::note(const std::string& text) {
  if (notes_.insert(text).second) {
    writer_.note(text);
  }
}

// What is asked for is taken for granted: it fails only for numbers that are no signals.
void PlanInterceptor::on_sigaction(const Tracee& tracee) {
  struct KernelAction {
    uint64_t handler;
    uint64_t flags;
  };
  const uint64_t address = tracee.registers.argument(1);
  if (address == 0) {
    return;
  }
  if (const auto action = ReadAs<KernelAction>(tracee.tid, address)) {
    tracee.process->signals.set(static_cast<int>(tracee.registers.argument(0)), action->handler,
                                action->flags);
  }
}

// The facts that legality is decided on (plan_run.h).
void PlanInterceptor::look(const Tracee& tracee, TracedCall& call) {
  CallEvent& event = call.event;
  event.can_close = true;
  event.handler = tracee.process->signals.any();
  event.interruptible = tracee.process->signals.interruptible();
  if (!OnSocket(event.call)) {
    return;
  }
  call.seen = sockets_.look(tracee.process->handle->get(), event.fd);
  event.role = call.seen.role;
  event.connection = call.seen.connection;
  event.non_blocking = event.non_blocking || call.seen.non_blocking;
  event.edge_triggered = call.seen.edge_triggered;
  event.can_rearm = call.seen.can_rearm;
  event.can_reset = event.role == Role::kClient;
  event.can_consume = event.role == Role::kListener;
}

std::optional<Interrupted> PlanInterceptor::take_interrupted(Tracee& tracee) {
  if (tracee.interrupted.empty() ||
      !SameCall(tracee.interrupted.back().registers, tracee.registers)) {
    return std::nullopt;
  }
  Interrupted again = std::move(tracee.interrupted.back());
  tracee.interrupted.pop_back();
  return again;
}

Decision PlanInterceptor::decide(Tracee& tracee, TracedCall& call) {
  if (std::optional<Interrupted> again = take_interrupted(tracee)) {
    Decision decision;
    decision.fault = again->fault;
    return decision;
  }
  if (observe_ || !chosen_.contains(call.event.call)) {
    return {};
  }
  current_tracee_ = &tracee;
  current_call_ = &call;
  return run_.decide(call.event);
}

Task<> PlanInterceptor::on_plan_call(Tracee& tracee, TracedCall call) {
  look(tracee, call);
  if (CallsOf(Family::kAccept).contains(call.event.call) && call.event.role == Role::kListener) {
    run_.listening();  // a listener that was handed to the program never called listen(2)
  }
  const Decision decision = decide(tracee, call);
  if (decision.delay.count() > 0) {
    call.seen.taken.reset();
    co_await tracee.after(decision.delay);
    call.seen = Sockets::Seen();
    if (OnSocket(call.event.call)) {
      call.seen = sockets_.look(tracee.process->handle->get(), call.event.fd);
    }
  }
  if (decision.fault) {
    co_await carry_out(tracee, call, *decision.fault);
  } else if (call.event.call == Call::kIoUringEnter) {
    co_await on_ring_enter(tracee, call);
  } else {
    co_await unharmed(tracee, call);
  }
}

Task<> PlanInterceptor::unharmed(Tracee& tracee, TracedCall& call) {
  const bool makes_known =
      call.event.call == Call::kListen || CallsOf(Family::kAccept).contains(call.event.call);
  if (call.event.call == Call::kEpollCtl) {
    watch(tracee, call);
  }
  if (makes_known || (observe_ && chosen_.contains(call.event.call))) {
    const int64_t result = co_await run_call(tracee, call);
    if (!SignalActions::Interrupted(result)) {
      made(tracee, call, result);
    }
  }
}

Task<int64_t> PlanInterceptor::run_call(Tracee& tracee, TracedCall& call) {
  call.seen.taken.reset();  // while it is held, a close would not be one
  const Registers before = tracee.registers;
  co_await tracee.after_call();
  const int64_t result = tracee.registers.result();
  if (SignalActions::Interrupted(result)) {
    tracee.interrupted.push_back({before, std::nullopt});
  }
  co_return result;
}

// The call has returned: what it made known, and its line of the log.
void PlanInterceptor::made(Tracee& tracee, TracedCall& call, int64_t result) {
  const int process = tracee.process->handle->get();
  if (call.event.call == Call::kListen && result == 0) {
    if (const auto seen = sockets_.look(process, call.event.fd)) {
      sockets_.listens(seen);
      call.event.role = Role::kListener;
    }
    run_.listening();
  } else if (CallsOf(Family::kAccept).contains(call.event.call) && result >= 0) {
    if (const auto seen = sockets_.look(process, static_cast<int>(result))) {
      call.event.connection = sockets_.accepted(seen);
    }
  }
  writer_.call(tracee, call, result);
}

void PlanInterceptor::watch(const Tracee& tracee, TracedCall& call) {
  if (!call.seen) {
    return;
  }
  const Registers& registers = tracee.registers;
  const int epfd = static_cast<int>(registers.argument(0));
  if ((registers.argument(1) & 0xffffffff) == EPOLL_CTL_DEL) {
    sockets_.unwatched(call.seen, tracee.process->handle, epfd);
  } else if (call.wanted) {
    sockets_.watched(call.seen, {.process = tracee.process->handle,
                                 .interest = {.epfd = epfd, .event = *call.wanted},
                                 .fd = call.event.fd});
  }
}

bool PlanInterceptor::rearmed_or_withdrawn(Tracee& tracee, TracedCall& call, const Fault& fault) {
  if (!fault.rearm || (call.seen && sockets_.rearm(call.seen))) {
    return true;
  }
  withdraw(tracee, call, fault, "re-arming failed with " + ErrnoName(errno));
  return false;
}

void PlanInterceptor::fired(Tracee& tracee, TracedCall& call, const Fault& fault, std::string got) {
  current_tracee_ = &tracee;
  current_call_ = &call;
  run_.fired(fault, call.event, std::move(got));
  if (Rearms(fault.condition) && !fault.rearm) {
    sockets_.doubt(call.seen);
    if (sockets_.in_doubt() && !due_) {
      due_ = Clock::now() + pause_;
    }
  }
}

void PlanInterceptor::withdraw(Tracee& tracee, TracedCall& call, const Fault& fault,
                               std::string reason) {
  current_tracee_ = &tracee;
  current_call_ = &call;
  run_.withdraw(fault, call.event, std::move(reason));
}

}  // namespace eagain::fault
