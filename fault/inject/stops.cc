#include "eagain/fault/inject/stops.h"

#include <sys/epoll.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "eagain/fault/inject/shortened_call.h"
#include "eagain/fault/inject/syscall_numbers.h"

namespace eagain::fault {
namespace {

using Use = Syscall::Use;

// Of one buffer: the injector can make them itself (shortened_call.h).
constexpr CallSet kSends = Call::kWrite | Call::kSendto;

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

// What the rules on a call leave of it, in bytes, if they do nothing but shorten it.
struct Left {
  uint64_t least;
  uint64_t most;
};

std::optional<Left> LeftBy(const Plan& plan, Call call) {
  std::optional<Left> left;
  for (const Rule& rule : plan.rules) {
    if (!Selected(SelectedCalls(rule.calls, rule.outcome), call)) {
      continue;
    }
    const Short* transfer = std::get_if<Short>(&rule.outcome);
    if (transfer == nullptr) {
      return std::nullopt;
    }
    const uint64_t bytes = transfer->bytes;
    left =
        left ? Left{std::min(left->least, bytes), std::max(left->most, bytes)} : Left{bytes, bytes};
  }
  return left;
}

// How one that has to be seen is: which of its calls, and whether with a stop.
FilteredCall Filtered(const InjectOptions& options, int64_t number, const Syscall& syscall) {
  constexpr unsigned kOperation = 1;
  constexpr unsigned kLength = 2;  // of all four
  FilteredCall filtered{.number = number};
  if (options.observe || syscall.use != Use::kCall) {
    return filtered;
  }
  // Who is watched how is asked of the kernel when it matters (sockets.h).
  if (syscall.call == Call::kEpollCtl && !ChosenCalls(options).contains(Call::kEpollCtl)) {
    filtered.only = ArgumentTest{kOperation, ArgumentTest::Is::kEqual, EPOLL_CTL_ADD};
  } else if ((Call::kRead | Call::kRecvfrom | kSends).contains(syscall.call)) {
    if (const std::optional<Left> left = LeftBy(options.plan, syscall.call)) {
      filtered.only = ArgumentTest{kLength, ArgumentTest::Is::kAbove, left->least};
      filtered.handed_over =
          kSends.contains(syscall.call) && left->most <= ShortenedCall::kMostFromHere;
    }
  }
  return filtered;
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
      stops.push_back(Filtered(options, number, *syscall));
    }
  }
  return stops;
}

}  // namespace eagain::fault
