#include "eagain/fault/plan/call.h"

#include <algorithm>

namespace eagain::fault {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, kCallCount> kCallNames = {
    "read",          "readv",     "recv",       "recvfrom",    "recvmsg",        "write",
    "writev",        "send",      "sendto",     "sendmsg",     "select",         "pselect6",
    "poll",          "ppoll",     "epoll_wait", "epoll_pwait", "epoll_pwait2",   "accept",
    "accept4",       "close",     "shutdown",   "socket",      "bind",           "listen",
    "epoll_create1", "epoll_ctl", "eventfd",    "nanosleep",   "io_uring_enter",
};

constexpr std::array<std::string_view, kFamilies.size()> kFamilyNames = {"recv", "send", "wait",
                                                                         "accept"};

constexpr CallSet kRecvCalls =
    Call::kRead | Call::kReadv | Call::kRecv | Call::kRecvfrom | Call::kRecvmsg;
constexpr CallSet kSendCalls =
    Call::kWrite | Call::kWritev | Call::kSend | Call::kSendto | Call::kSendmsg;
constexpr CallSet kWaitCalls = Call::kSelect | Call::kPselect6 | Call::kPoll | Call::kPpoll |
                               Call::kEpollWait | Call::kEpollPwait | Call::kEpollPwait2;
constexpr CallSet kAcceptCalls = Call::kAccept | Call::kAccept4;

}  // namespace

CallSet CallsOf(Family family) {
  switch (family) {
    case Family::kRecv:
      return kRecvCalls;
    case Family::kSend:
      return kSendCalls;
    case Family::kWait:
      return kWaitCalls;
    case Family::kAccept:
      return kAcceptCalls;
  }
  return {};
}

CallSet AllCalls() {
  CallSet all;
  for (size_t i = 0; i < kCallCount; ++i) {
    all = all | static_cast<Call>(i);
  }
  return all;
}

std::vector<Call> Members(CallSet calls) {
  std::vector<Call> members;
  for (size_t i = 0; i < kCallCount; ++i) {
    if (calls.contains(static_cast<Call>(i))) {
      members.push_back(static_cast<Call>(i));
    }
  }
  return members;
}

std::string_view CallName(Call call) { return kCallNames.at(static_cast<size_t>(call)); }

std::string_view FamilyName(Family family) { return kFamilyNames.at(static_cast<size_t>(family)); }

std::optional<Call> CallNamed(std::string_view name) {
  const auto found = std::find(kCallNames.begin(), kCallNames.end(), name);
  if (found == kCallNames.end()) {
    return std::nullopt;
  }
  return static_cast<Call>(found - kCallNames.begin());
}

std::optional<Family> FamilyNamed(std::string_view name) {
  const auto found = std::find(kFamilyNames.begin(), kFamilyNames.end(), name);
  if (found == kFamilyNames.end()) {
    return std::nullopt;
  }
  return static_cast<Family>(found - kFamilyNames.begin());
}

std::string DescribeCalls(CallSet calls) {
  if (calls == AllCalls()) {
    return "any call";
  }
  for (const Family family : kFamilies) {
    if (calls == CallsOf(family)) {
      return std::string(FamilyName(family));
    }
  }
  std::string text;
  for (const Call call : Members(calls)) {
    text += text.empty() ? "" : ", ";
    text += CallName(call);
  }
  return text;
}

CallSet CallsOf(const CallSelector& selector) {
  if (const Family* family = std::get_if<Family>(&selector)) {
    return CallsOf(*family);
  }
  const Call call = std::get<Call>(selector);
  for (const CallSet same : {Call::kRecv | Call::kRecvfrom, Call::kSend | Call::kSendto}) {
    if (same.contains(call)) {
      return same;
    }
  }
  return call;
}

std::string SelectorText(const CallSelector& selector) {
  if (const Family* family = std::get_if<Family>(&selector)) {
    return std::string(FamilyName(*family));
  }
  const std::string_view name = CallName(std::get<Call>(selector));
  return (FamilyNamed(name) ? "exactly " : "") + std::string(name);
}

}  // namespace eagain::fault
