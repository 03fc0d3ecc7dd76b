// The system calls that a fault plan can name, one by one or as families.
//
// The names are the kernel's, so that one plan serves every injector: the decorators of Sys, the
// simulated kernel, and the injector for unmodified programs. A library's wrapper and the system
// calls behind it are one call here:
//   recv(2) is recvfrom(2) without an address, send(2) is sendto(2) without one: either name
//   selects both; epoll_create1, eventfd and nanosleep stand for epoll_create, eventfd2 and
//   clock_nanosleep too.
//
// Thread-safety: all of this is constant data.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace eagain::fault {

enum class Call : uint8_t {
  kRead,
  kReadv,
  kRecv,
  kRecvfrom,
  kRecvmsg,
  kWrite,
  kWritev,
  kSend,
  kSendto,
  kSendmsg,
  kSelect,
  kPselect6,
  kPoll,
  kPpoll,
  kEpollWait,
  kEpollPwait,
  kEpollPwait2,
  kAccept,
  kAccept4,
  kClose,
  kShutdown,
  kSocket,
  kBind,
  kListen,
  kEpollCreate1,
  kEpollCtl,
  kEventfd,
  kNanosleep,
  kIoUringEnter,
};

inline constexpr size_t kCallCount = static_cast<size_t>(Call::kIoUringEnter) + 1;

// Calls that do the same thing for the server, named together.
enum class Family : uint8_t {
  kRecv,    // read, readv, recv, recvfrom, recvmsg
  kSend,    // write, writev, send, sendto, sendmsg
  kWait,    // select, pselect6, poll, ppoll, epoll_wait, epoll_pwait, epoll_pwait2
  kAccept,  // accept, accept4
};

inline constexpr std::array kFamilies = {Family::kRecv, Family::kSend, Family::kWait,
                                         Family::kAccept};

// A set of calls.
class CallSet {
 public:
  constexpr CallSet() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a call is a set of one wherever a set is wanted.
  constexpr CallSet(Call call) : bits_(uint32_t{1} << static_cast<uint32_t>(call)) {}

  constexpr bool contains(Call call) const { return (bits_ & CallSet(call).bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool subset_of(CallSet other) const { return (bits_ & ~other.bits_) == 0; }

  constexpr CallSet operator|(CallSet other) const { return FromBits(bits_ | other.bits_); }
  constexpr CallSet operator&(CallSet other) const { return FromBits(bits_ & other.bits_); }
  constexpr CallSet operator-(CallSet other) const { return FromBits(bits_ & ~other.bits_); }
  constexpr bool operator==(const CallSet&) const = default;

 private:
  static constexpr CallSet FromBits(uint32_t bits) {
    CallSet set;
    set.bits_ = bits;
    return set;
  }
  static_assert(kCallCount <= 32);
  uint32_t bits_ = 0;
};

constexpr CallSet operator|(Call a, Call b) { return CallSet(a) | CallSet(b); }

CallSet CallsOf(Family family);
CallSet AllCalls();
std::vector<Call> Members(CallSet calls);

// "epoll_wait"; "recv".
std::string_view CallName(Call call);
std::string_view FamilyName(Family family);
std::optional<Call> CallNamed(std::string_view name);
std::optional<Family> FamilyNamed(std::string_view name);

// "recv" for exactly a family, else the members' names: "select, poll".
std::string DescribeCalls(CallSet calls);

// What a rule names: a family, or one call exactly.
using CallSelector = std::variant<Family, Call>;

// The calls a selector selects; recv and recvfrom, like send and sendto, come together.
CallSet CallsOf(const CallSelector& selector);

// As a plan writes it: "recv" is the family, "exactly recv" the call of that name, "readv" a call.
std::string SelectorText(const CallSelector& selector);

}  // namespace eagain::fault
