#include "eagain/fault/inject/stops.h"

#include <sys/epoll.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "eagain/fault/inject/syscall_numbers.h"

namespace eagain::fault {
namespace {

using Use = Syscall::Use;

// What has to be seen to carry faults out on these calls.
CallSet Bookkeeping(CallSet calls) {
  CallSet more = Call::kListen | Call::kAccept | Call::kAccept4;
  if (!(calls & (CallsOf(Family::kRecv) | CallsOf(Family::kSend) | CallsOf(Family::kAccept)))
           .empty()) {
    // Interests, and what an io_uring does of these.
    more = more | Call::kEpollCtl | Call::kIoUringEnter;
  }
  return more;
}

// recvfrom is recv as well, and sendto send.
bool Selected(CallSet calls, Call call) {
  return calls.contains(call) || (call == Call::kRecvfrom && calls.contains(Call::kRecv)) ||
         (call == Call::kSendto && calls.contains(Call::kSend));
}

// The most bytes of which every rule on the call leaves as many; nothing if a rule does anything else.
std::optional<uint64_t> LeftToAll(const Plan& plan, Call call) {
  std::optional<uint64_t> most;
  for (const Rule& rule : plan.rules) {
    if (!Selected(SelectedCalls(rule.calls, rule.outcome), call)) {
      continue;
    }
    const Short* transfer = std::get_if<Short>(&rule.outcome);
    if (transfer == nullptr) {
      return std::nullopt;
    }
    most = std::min(most.value_or(transfer->bytes), transfer->bytes);
  }
  return most;
}

// Which calls of one that has to be seen have to be.
std::optional<ArgumentTest> OnlyThose(const InjectOptions& options, const Syscall& syscall) {
  constexpr unsigned kOperation = 1;
  constexpr unsigned kLength = 2;  // of all four
  if (options.observe) {
    return std::nullopt;
  }
  // Who is watched how is asked of the kernel when it matters (sockets.h).
  if (syscall.call == Call::kEpollCtl && !ChosenCalls(options).contains(Call::kEpollCtl)) {
    return ArgumentTest{kOperation, ArgumentTest::Is::kEqual, EPOLL_CTL_ADD};
  }
  if (!(Call::kRead | Call::kRecvfrom | Call::kWrite | Call::kSendto).contains(syscall.call)) {
    return std::nullopt;
  }
  const std::optional<uint64_t> left = LeftToAll(options.plan, syscall.call);
  return left ? std::optional(ArgumentTest{kLength, ArgumentTest::Is::kAbove, *left})
              : std::nullopt;
}

}  // namespace

CallSet ChosenCalls(const InjectOptions& options) {
  if (options.observe && options.plan.rules.empty()) {
    return AllCalls();
  }
  CallSet calls;
  for (const Rule& rule : options.plan.rules) {
    calls = calls | SelectedCalls(rule.calls, rule.outcome);
  }
  return calls;
}

std::vector<FilteredCall> StopsFor(const InjectOptions& options) {
  const CallSet chosen = ChosenCalls(options);
  const CallSet wanted = chosen | Bookkeeping(chosen);
  const bool transfers = !(chosen & (CallsOf(Family::kRecv) | CallsOf(Family::kSend))).empty();
  std::vector<FilteredCall> stops;
  for (const auto& [number, syscall] : AllSyscalls()) {
    const bool is_call = syscall->use == Use::kCall;
    const bool needed = is_call                            ? Selected(wanted, syscall->call)
                        : syscall->use == Use::kOutOfReach ? transfers
                                                           : true;
    if (needed) {
      stops.push_back({number, is_call ? OnlyThose(options, *syscall) : std::nullopt});
    }
  }
  return stops;
}

}  // namespace eagain::fault
