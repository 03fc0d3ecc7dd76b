// How each kind of fault is carried out on a traced call.
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "eagain/fault/inject/outside.h"
#include "eagain/fault/inject/plan_interceptor.h"
#include "eagain/fault/inject/program_memory.h"
#include "eagain/fault/inject/program_sets.h"
#include "eagain/fault/inject/shortened_call.h"
#include "eagain/fault/inject/taken_descriptor.h"
#include "eagain/fault/plan/errno_name.h"
#include "eagain/fault/sys/ready_events.h"

namespace eagain::fault {
namespace {

constexpr CallSet kEpolls = Call::kEpollWait | Call::kEpollPwait | Call::kEpollPwait2;

// Instead of the call that the thread stands before: the program is told of this.
void Skip(Tracee& tracee, int64_t result) {
  tracee.registers.set_number(-1);
  tracee.registers.set_result(result);
  tracee.registers.write(tracee.tid);
}

// After the call: all as it was before it, but for the result.
void Restore(Tracee& tracee, const Registers& before, int64_t result) {
  tracee.registers = before;
  tracee.registers.set_result(result);
  tracee.registers.write(tracee.tid);
}

// What a call answers on a connection that is dead.
int64_t ErrnoOfDead(const Fault& fault, Call call) {
  const Errno* wanted = std::get_if<Errno>(&fault.outcome);
  const int by_itself = call == Call::kShutdown ? ENOTCONN : ECONNRESET;
  return wanted != nullptr ? wanted->number : by_itself;
}

int64_t Number(const Fault& fault) { return std::get<Errno>(fault.outcome).number; }

// A sleep that is cut short says how much of it was left: all.
void TellRemaining(const Tracee& tracee, const Syscall& syscall) {
  const int request = syscall.name == "nanosleep" ? 0 : 2;
  const uint64_t remaining = tracee.registers.argument(request + 1);
  const auto time = ReadAs<std::array<int64_t, 2>>(tracee.tid, tracee.registers.argument(request));
  if (remaining != 0 && time) {
    WriteBytes(tracee.tid, remaining, time->data(), sizeof *time);
  }
}

}  // namespace

Task<> PlanInterceptor::carry_out(Tracee& tracee, TracedCall& call, const Fault& fault) {
  if (fault.condition == Condition::kDead) {
    return on_dead(tracee, call, fault);
  }
  if (fault.condition == Condition::kConsumed) {
    return abort_pending(tracee, call, fault);
  }
  if (std::holds_alternative<Short>(fault.outcome)) {
    return shorten(tracee, call, fault);
  }
  if (std::holds_alternative<Only>(fault.outcome)) {
    return report_fewer(tracee, call, fault);
  }
  if (std::holds_alternative<Reordered>(fault.outcome)) {
    return reorder(tracee, call, fault);
  }
  return call.event.call == Call::kClose ? fail_close(tracee, call, fault)
                                         : fail(tracee, call, fault);
}

Task<> PlanInterceptor::fail(Tracee& tracee, TracedCall& call, const Fault& fault) {
  // Before the program hears of it, so that a failure can be withdrawn: the wait that reports what is
  // still there comes after in any case.
  if (!rearmed_or_withdrawn(tracee, call, fault)) {
    co_await unharmed(tracee, call);
    co_return;
  }
  if (call.event.call == Call::kNanosleep) {
    TellRemaining(tracee, *call.syscall);
  }
  Skip(tracee, -Number(fault));
  fired(tracee, call, fault, ResultText(call.event.call, -Number(fault)));
}

Task<> PlanInterceptor::fail_close(Tracee& tracee, TracedCall& call, const Fault& fault) {
  const int64_t result = co_await run_call(tracee, call);
  if (result < 0) {
    withdraw(tracee, call, fault, ResultText(call.event.call, result) + " by itself");
    co_return;
  }
  tracee.registers.set_result(-Number(fault));
  tracee.registers.write(tracee.tid);
  fired(tracee, call, fault, ResultText(call.event.call, -Number(fault)));
}

Task<> PlanInterceptor::shorten(Tracee& tracee, TracedCall& call, const Fault& fault) {
  const Registers before = tracee.registers;
  ShortenedCall shortened(tracee, call, std::get<Short>(fault.outcome).bytes);
  if (!shortened.possible()) {
    withdraw(tracee, call, fault, shortened.reason());
    co_await unharmed(tracee, call);
    co_return;
  }
  if (!rearmed_or_withdrawn(tracee, call, fault)) {
    co_await unharmed(tracee, call);
    co_return;
  }
  if (const auto sent = shortened.sent_from_here(tracee, call)) {
    Skip(tracee, *sent);
    shortened_to(tracee, call, fault, *sent, shortened.bytes());
    co_return;
  }
  call.seen.taken.reset();
  shortened.apply(tracee);
  co_await tracee.after_call();
  const int64_t result = tracee.registers.result();
  Restore(tracee, before, result);
  if (SignalActions::Interrupted(result)) {
    tracee.interrupted.push_back({before, fault});
    co_return;
  }
  shortened.finish(tracee, result);
  shortened_to(tracee, call, fault, result, shortened.bytes());
}

// What became of a call that asked for `bytes` instead of more.
void PlanInterceptor::shortened_to(Tracee& tracee, TracedCall& call, const Fault& fault,
                                   int64_t result, uint64_t bytes) {
  if (result == static_cast<int64_t>(bytes)) {
    fired(tracee, call, fault,
          run_.keeps_records() ? ResultText(call.event.call, result) : std::string());
  } else {
    run_.made_no_difference(fault);
  }
}

// It is in the log before the peer can see it: whoever asks why a connection broke finds the answer.
void PlanInterceptor::fired_for_all_to_see(Tracee& tracee, TracedCall& call, const Fault& fault,
                                           std::string got) {
  fired(tracee, call, fault, std::move(got));
  writer_.flush();
}

Task<> PlanInterceptor::on_dead(Tracee& tracee, TracedCall& call, const Fault& fault) {
  if (!call.seen && !fault.hostile) {
    withdraw(tracee, call, fault, "the connection cannot be reset: it is gone");
    co_await unharmed(tracee, call);
    co_return;
  }
  const int64_t number = ErrnoOfDead(fault, call.event.call);
  fired_for_all_to_see(tracee, call, fault, ResultText(call.event.call, -number));
  if (call.seen) {
    ResetConnection(call.seen.taken.get());
    // The ECONNRESET that is pending now gives way to the errno of the plan; it is said once, as every
    // such error.
    int pending = 0;
    socklen_t size = sizeof pending;
    ::getsockopt(call.seen.taken.get(), SOL_SOCKET, SO_ERROR, &pending, &size);
  }
  if (number == EPIPE && call.seen) {
    co_await run_call(tracee,
                      call);  // which says so by itself, and brings SIGPIPE where that is due
    co_return;
  }
  Skip(tracee, -number);
}

// The program's own call takes the connection, waiting as it would have waited; what it took is reset and
// closed before the program goes on, and what it wrote of the peer's address is not there.
Task<> PlanInterceptor::abort_pending(Tracee& tracee, TracedCall& call, const Fault& fault) {
  const Registers before = tracee.registers;
  tracee.registers.set_argument(1, 0);
  tracee.registers.set_argument(2, 0);
  tracee.registers.write(tracee.tid);
  call.seen.taken.reset();
  co_await tracee.after_call();
  const int64_t result = tracee.registers.result();
  if (result < 0) {
    Restore(tracee, before, result);
    if (SignalActions::Interrupted(result)) {
      tracee.interrupted.push_back({before, fault});
    } else if (result == -EAGAIN) {
      run_.made_no_difference(fault);
    } else {
      withdraw(tracee, call, fault, "accept failed with " + ErrnoName(static_cast<int>(-result)));
    }
    co_return;
  }
  {
    const UniqueFd taken = TakeDescriptor(tracee.process->handle->get(), static_cast<int>(result));
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(taken.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  fired_for_all_to_see(tracee, call, fault, ResultText(call.event.call, -Number(fault)));
  tracee.hold_signals();
  co_await tracee.make_call(NumberOf("close"), static_cast<uint64_t>(result));
  tracee.let_signals();
  Restore(tracee, before, -Number(fault));
}

Task<> PlanInterceptor::report_fewer(Tracee& tracee, TracedCall& call, const Fault& fault) {
  const Registers before = tracee.registers;
  const uint64_t most = std::get<Only>(fault.outcome).events;
  if (kEpolls.contains(call.event.call)) {
    tracee.registers.set_argument(2, most);  // the kernel keeps the others for the next time
    tracee.registers.write(tracee.tid);
  }
  co_await tracee.after_call();
  int64_t result = tracee.registers.result();
  bool fewer = kEpolls.contains(call.event.call) && result == static_cast<int64_t>(most);
  const bool polled = !kEpolls.contains(call.event.call);
  if (polled && result > static_cast<int64_t>(most)) {
    const bool sets = call.event.call == Call::kSelect || call.event.call == Call::kPselect6;
    const int kept = sets ? ProgramSets(tracee.tid, before).keep(most, fault.chance)
                          : ProgramPolls(tracee.tid, before).keep(most, fault.chance);
    fewer = kept >= 0;
    result = fewer ? kept : result;
  }
  Restore(tracee, before, result);
  if (SignalActions::Interrupted(result)) {
    tracee.interrupted.push_back({before, fault});
  } else if (fewer) {
    fired(tracee, call, fault, ResultText(call.event.call, result));
  } else {
    run_.made_no_difference(fault);
  }
}

Task<> PlanInterceptor::reorder(Tracee& tracee, TracedCall& call, const Fault& fault) {
  const Registers before = tracee.registers;
  co_await tracee.after_call();
  const int64_t result = tracee.registers.result();
  if (SignalActions::Interrupted(result)) {
    tracee.interrupted.push_back({before, fault});
    co_return;
  }
  const uint64_t address = before.argument(1);
  auto events = result >= 2
                    ? ReadMany<epoll_event>(tracee.tid, address, static_cast<size_t>(result))
                    : std::nullopt;
  if (!events) {
    run_.made_no_difference(fault);
    co_return;
  }
  Reorder(events->data(), static_cast<int>(result), fault.chance);
  WriteBytes(tracee.tid, address, events->data(), events->size() * sizeof(epoll_event));
  fired(tracee, call, fault, ResultText(call.event.call, result) + " in another order");
}

}  // namespace eagain::fault
