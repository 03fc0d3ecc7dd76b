#include "eagain/fault/inject/traced_call.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "eagain/fault/inject/program_memory.h"
#include "eagain/fault/inject/program_sets.h"

namespace eagain::fault {
namespace {

using Word = std::pair<uint64_t, std::string_view>;

constexpr Word kMessageFlags[] = {
    {MSG_DONTWAIT, "MSG_DONTWAIT"}, {MSG_NOSIGNAL, "MSG_NOSIGNAL"}, {MSG_PEEK, "MSG_PEEK"},
    {MSG_WAITALL, "MSG_WAITALL"},   {MSG_MORE, "MSG_MORE"},         {MSG_OOB, "MSG_OOB"},
    {MSG_TRUNC, "MSG_TRUNC"},       {MSG_ERRQUEUE, "MSG_ERRQUEUE"}, {MSG_ZEROCOPY, "MSG_ZEROCOPY"}};
constexpr Word kSocketFlags[] = {{SOCK_NONBLOCK, "SOCK_NONBLOCK"}, {SOCK_CLOEXEC, "SOCK_CLOEXEC"}};
constexpr Word kEpollFlags[] = {{EPOLL_CLOEXEC, "EPOLL_CLOEXEC"}};
constexpr Word kEventfdFlags[] = {
    {EFD_NONBLOCK, "EFD_NONBLOCK"}, {EFD_CLOEXEC, "EFD_CLOEXEC"}, {EFD_SEMAPHORE, "EFD_SEMAPHORE"}};
constexpr Word kEpollEvents[] = {
    {EPOLLIN, "EPOLLIN"},        {EPOLLOUT, "EPOLLOUT"},         {EPOLLRDHUP, "EPOLLRDHUP"},
    {EPOLLPRI, "EPOLLPRI"},      {EPOLLERR, "EPOLLERR"},         {EPOLLHUP, "EPOLLHUP"},
    {EPOLLET, "EPOLLET"},        {EPOLLONESHOT, "EPOLLONESHOT"}, {EPOLLEXCLUSIVE, "EPOLLEXCLUSIVE"},
    {EPOLLWAKEUP, "EPOLLWAKEUP"}};

std::string Words(uint64_t flags, std::span<const Word> words) {
  std::string text;
  for (const auto& [bit, name] : words) {
    if ((flags & bit) != 0) {
      text += (text.empty() ? "" : "|") + std::string(name);
      flags &= ~bit;
    }
  }
  if (flags != 0) {
    text += fmt::format("{}{:#x}", text.empty() ? "" : "|", flags);
  }
  return text;
}

std::string SocketTypeText(uint64_t type) {
  constexpr uint64_t kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  const uint64_t kind = type & ~kFlags;
  std::string text = kind == SOCK_STREAM  ? "SOCK_STREAM"
                     : kind == SOCK_DGRAM ? "SOCK_DGRAM"
                                          : fmt::format("{:#x}", kind);
  const std::string flags = Words(type & kFlags, kSocketFlags);
  return flags.empty() ? text : text + "|" + flags;
}

std::string OperationText(uint64_t operation) {
  switch (operation) {
    case EPOLL_CTL_ADD:
      return "EPOLL_CTL_ADD";
    case EPOLL_CTL_MOD:
      return "EPOLL_CTL_MOD";
    case EPOLL_CTL_DEL:
      return "EPOLL_CTL_DEL";
    default:
      return std::to_string(operation);
  }
}

uint64_t BytesOf(pid_t tid, uint64_t address, uint64_t count) {
  constexpr uint64_t kMostVectors = 1024;  // IOV_MAX
  const auto vectors = ReadMany<iovec>(tid, address, std::min(count, kMostVectors));
  uint64_t bytes = 0;
  if (vectors) {
    for (const iovec& one : *vectors) {
      bytes += one.iov_len;
    }
  }
  return bytes;
}

uint64_t BytesOfMessage(pid_t tid, uint64_t address) {
  const auto message = ReadAs<msghdr>(tid, address);
  return message ? BytesOf(tid, reinterpret_cast<uint64_t>(message->msg_iov), message->msg_iovlen)
                 : 0;
}

// Of a relative time in memory; a null pointer is for ever. `unit` is of its second number, in ns.
int64_t TimeoutOf(pid_t tid, uint64_t address, int64_t unit_ns) {
  if (address == 0) {
    return -1;
  }
  const auto time = ReadAs<std::array<int64_t, 2>>(tid, address).value_or(std::array<int64_t, 2>{});
  return time[0] * 1000 + (time[1] * unit_ns + 999'999) / 1'000'000;
}

void ReadTransfer(const Tracee& tracee, TracedCall& call) {
  const Registers& registers = tracee.registers;
  CallEvent& event = call.event;
  uint64_t flags = 0;
  switch (event.call) {
    case Call::kRead:
    case Call::kWrite:
      event.asked = registers.argument(2);
      return;
    case Call::kReadv:
    case Call::kWritev:
      event.asked = BytesOf(tracee.tid, registers.argument(1), registers.argument(2));
      return;
    case Call::kRecvmsg:
    case Call::kSendmsg:
      event.asked = BytesOfMessage(tracee.tid, registers.argument(1));
      flags = registers.argument(2);
      break;
    default:  // recvfrom, sendto; without an address they are recv and send
      event.asked = registers.argument(2);
      flags = registers.argument(3);
      if (registers.argument(4) == 0) {
        event.call = event.call == Call::kRecvfrom ? Call::kRecv : Call::kSend;
      }
      break;
  }
  flags &= 0xffffffff;
  call.flags = Words(flags, kMessageFlags);
  event.non_blocking = (flags & MSG_DONTWAIT) != 0;
  event.whole = (flags & MSG_WAITALL) != 0;
}

void ReadWait(const Tracee& tracee, TracedCall& call) {
  const Registers& registers = tracee.registers;
  constexpr int64_t kNanoseconds = 1;
  constexpr int64_t kMicroseconds = 1000;
  switch (call.event.call) {
    case Call::kSelect:
      call.timeout_ms = TimeoutOf(tracee.tid, registers.argument(4), kMicroseconds);
      call.event.asked = ProgramSets(tracee.tid, registers).waited_for();
      return;
    case Call::kPselect6:
      call.timeout_ms = TimeoutOf(tracee.tid, registers.argument(4), kNanoseconds);
      call.event.asked = ProgramSets(tracee.tid, registers).waited_for();
      return;
    case Call::kPoll:
      call.timeout_ms = static_cast<int32_t>(registers.argument(2));
      call.event.asked = ProgramPolls(tracee.tid, registers).waited_for();
      return;
    case Call::kPpoll:
      call.timeout_ms = TimeoutOf(tracee.tid, registers.argument(2), kNanoseconds);
      call.event.asked = ProgramPolls(tracee.tid, registers).waited_for();
      return;
    case Call::kEpollPwait2:
      call.timeout_ms = TimeoutOf(tracee.tid, registers.argument(3), kNanoseconds);
      break;
    default:
      call.timeout_ms = static_cast<int32_t>(registers.argument(3));
      break;
  }
  call.event.fd = static_cast<int>(registers.argument(0));
  call.event.asked = registers.argument(2) & 0x7fffffff;
}

void ReadEpollCtl(const Tracee& tracee, TracedCall& call) {
  const Registers& registers = tracee.registers;
  const uint64_t operation = registers.argument(1) & 0xffffffff;
  call.event.fd = static_cast<int>(registers.argument(2));
  call.event.registers = operation == EPOLL_CTL_ADD;
  call.flags = OperationText(operation);
  if (operation != EPOLL_CTL_DEL) {
    call.wanted = ReadAs<epoll_event>(tracee.tid, registers.argument(3));
    call.flags += call.wanted ? " " + EpollEventsText(call.wanted->events) : "";
  }
}

}  // namespace

std::string EpollEventsText(uint32_t events) { return Words(events, kEpollEvents); }

bool OnSocket(Call call) {
  static const CallSet on_sockets = CallsOf(Family::kRecv) | CallsOf(Family::kSend) |
                                    CallsOf(Family::kAccept) | Call::kClose | Call::kShutdown |
                                    Call::kBind | Call::kListen | Call::kEpollCtl;
  return on_sockets.contains(call);
}

TracedCall ReadCall(const Tracee& tracee, const Syscall& syscall) {
  const Registers& registers = tracee.registers;
  TracedCall call;
  call.syscall = &syscall;
  call.event.call = syscall.call;
  if (OnSocket(syscall.call)) {
    call.event.fd = static_cast<int>(registers.argument(0));
  }
  if ((CallsOf(Family::kRecv) | CallsOf(Family::kSend)).contains(syscall.call)) {
    ReadTransfer(tracee, call);
  } else if (CallsOf(Family::kWait).contains(syscall.call)) {
    ReadWait(tracee, call);
  } else if (syscall.call == Call::kEpollCtl) {
    ReadEpollCtl(tracee, call);
  } else if (syscall.call == Call::kAccept4) {
    call.flags = Words(registers.argument(3) & 0xffffffff, kSocketFlags);
  } else if (syscall.call == Call::kSocket) {
    call.flags = SocketTypeText(registers.argument(1) & 0xffffffff);
  } else if (syscall.name == "epoll_create1") {
    call.flags = Words(registers.argument(0) & 0xffffffff, kEpollFlags);
  } else if (syscall.name == "eventfd2") {
    call.flags = Words(registers.argument(1) & 0xffffffff, kEventfdFlags);
  }
  return call;
}

}  // namespace eagain::fault
