// Rules on what a program asks an io_uring for.
#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <iterator>

#include "eagain/fault/inject/outside.h"
#include "eagain/fault/inject/plan_interceptor.h"
#include "eagain/fault/inject/program_memory.h"
#include "eagain/fault/inject/ring.h"
#include "eagain/fault/inject/taken_descriptor.h"
#include "eagain/fault/plan/errno_name.h"

namespace eagain::fault {

Task<> PlanInterceptor::on_ring_setup(Tracee& tracee) {
  const uint64_t address = tracee.registers.argument(1);
  co_await tracee.after_call();
  const int64_t fd = tracee.registers.result();
  const auto params = ReadAs<io_uring_params>(tracee.tid, address);
  if (fd < 0 || !params) {
    co_return;
  }
  if (const std::string why = WhyOutOfReach(*params); !why.empty()) {
    note(why);
    rings_.erase({tracee.process->pid, static_cast<int>(fd)});
  } else {
    rings_[{tracee.process->pid, static_cast<int>(fd)}] = *params;
  }
}

// The ring that io_uring_enter is about. What a place in the thread's list stands for is not known: if the
// process has but one ring, it is that.
PlanInterceptor::Rings::const_iterator PlanInterceptor::ring_of(const Tracee& tracee) {
  constexpr uint64_t kRegisteredRing = 1U << 4;  // headers may be older than the kernel
  const pid_t pid = tracee.process->pid;
  if ((tracee.registers.argument(3) & kRegisteredRing) == 0) {
    return rings_.find({pid, static_cast<int>(tracee.registers.argument(0))});
  }
  const auto first = rings_.lower_bound({pid, 0});
  const auto last = rings_.lower_bound({pid + 1, 0});
  if (first == last || std::next(first) == last) {
    return first == last ? rings_.end() : first;
  }
  note(
      "of several io_urings that are registered (io_uring_register_ring_fd) none is reached by "
      "rules");
  return rings_.end();
}

// The program hands entries over: each is a call of its own to the plan.
Task<> PlanInterceptor::on_ring_enter(Tracee& tracee, TracedCall& call) {
  const auto found = ring_of(tracee);
  const auto submitted = static_cast<uint32_t>(tracee.registers.argument(1));
  if (found == rings_.end() || submitted == 0) {
    co_await unharmed(tracee, call);
    co_return;
  }
  const int fd = found->first.second;
  Ring ring(TakeDescriptor(tracee.process->handle->get(), fd).get(), found->second, submitted);
  std::chrono::microseconds delay{0};
  for (io_uring_sqe* entry : ring.entries()) {
    delay += on_ring_entry(tracee, *call.syscall, ring, *entry);
  }
  if (delay.count() > 0) {
    co_await tracee.after(delay);
  }
  if (ring.changed()) {
    co_await run_call(tracee, call);
    ring.restore();
  } else {
    co_await unharmed(tracee, call);
  }
}

std::chrono::microseconds PlanInterceptor::on_ring_entry(Tracee& tracee, const Syscall& syscall,
                                                         Ring& ring, io_uring_sqe& entry) {
  const std::optional<Call> name = CallOf(entry);
  if (!name || !chosen_.contains(*name)) {
    return {};
  }
  if (const std::string why = WhyOutOfReach(entry); !why.empty()) {
    note(why);
    return {};
  }
  if (IsMultishot(entry)) {
    note("a multishot request of io_uring is one call, and what it does later is not another");
  }
  TracedCall call;
  call.syscall = &syscall;
  call.flags = "io_uring";
  call.event.call = *name;
  call.event.fd = entry.fd;
  const bool by_length =
      name == Call::kRecv || name == Call::kSend || name == Call::kRead || name == Call::kWrite;
  // Without a length a receive is as large as the buffer that the kernel chooses.
  const bool chosen = entry.len == 0 && (entry.flags & IOSQE_BUFFER_SELECT) != 0;
  call.event.asked = !by_length ? 0 : chosen ? UINT32_MAX : entry.len;
  const bool has_flags = name == Call::kRecv || name == Call::kSend;
  call.event.non_blocking = has_flags && (entry.msg_flags & MSG_DONTWAIT) != 0;
  // A send that may not wait is only to be told of less as of a failure.
  const bool takes_less = name == Call::kSend && call.event.non_blocking;
  call.event.whole = has_flags && !takes_less && (entry.msg_flags & MSG_WAITALL) != 0;
  look(tracee, call);
  if (observe_) {
    return {};
  }
  current_tracee_ = &tracee;
  current_call_ = &call;
  const Decision decision = run_.decide(call.event);
  if (decision.fault) {
    change_ring_entry(tracee, call, *decision.fault, ring, entry);
  }
  return decision.delay;
}

void PlanInterceptor::change_ring_entry(Tracee& tracee, TracedCall& call, const Fault& fault,
                                        Ring& ring, io_uring_sqe& entry) {
  const Errno* error = std::get_if<Errno>(&fault.outcome);
  if (fault.condition == Condition::kConsumed) {
    withdraw(tracee, call, fault, "it is asked of an io_uring, which waits for connections itself");
    return;
  }
  if (const Short* transfer = std::get_if<Short>(&fault.outcome)) {
    if (!rearmed_or_withdrawn(tracee, call, fault)) {
      return;
    }
    ring.shorten(entry, static_cast<uint32_t>(transfer->bytes));
    fired(tracee, call, fault, fmt::format("at most {} bytes", transfer->bytes));
    return;
  }
  const bool dead = fault.condition == Condition::kDead;
  const bool made_up = error != nullptr && (!dead || error->number != ECONNRESET);
  if (made_up && !Ring::CanFail()) {
    withdraw(tracee, call, fault, "an io_uring can be made to fail from Linux 6.10 on");
    return;
  }
  if (dead && !call.seen) {
    withdraw(tracee, call, fault, "the connection cannot be reset: it is gone");
    return;
  }
  if (!dead && !rearmed_or_withdrawn(tracee, call, fault)) {
    return;
  }
  if (made_up) {
    ring.fail(entry, error->number);
  }
  fired_for_all_to_see(tracee, call, fault,
                       error != nullptr ? ErrnoName(error->number) : "a reset connection");
  if (dead) {
    ResetConnection(call.seen.taken.get());
  }
}

}  // namespace eagain::fault
