#include "eagain/fault/sys/fault_sys.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "eagain/fault/plan/errno_name.h"
#include "eagain/fault/sys/ready_events.h"

namespace eagain::fault {
namespace {

std::string Got(const SysResult<size_t>& result) {
  return result.ok() ? fmt::format("{} byte{}", *result, *result == 1 ? "" : "s")
                     : ErrnoName(result.error());
}

std::string Got(const SysResult<void>& result) {
  return result.ok() ? "success" : ErrnoName(result.error());
}

std::string Got(const SysResult<int>& result) {
  return result.ok() ? std::to_string(*result) : ErrnoName(result.error());
}

CallSet CallsWithEintr(const Plan& plan) {
  CallSet calls;
  for (const Rule& rule : plan.rules) {
    if (rule.outcome == Outcome(Errno{EINTR})) {
      calls = calls | CallsOf(rule.calls);
    }
  }
  return calls;
}

// Whether a connection that an RST has ended answers this call so by itself.
bool KernelSaysSo(Call call, int number) {
  if (call == Call::kShutdown) {
    return number == ENOTCONN;
  }
  return number == ECONNRESET;
}

}  // namespace

FaultSys::FaultSys(Sys& below, Plan plan, Options options)
    : ForwardingSys(below),
      run_(std::move(plan), options.run),
      handlers_(std::move(options.handlers)),
      interruptible_calls_(CallsWithEintr(run_.plan())) {
  assert(handlers_ != nullptr);
}

CallEvent FaultSys::describe(Call call, int fd) const {
  const DescriptorTable::Descriptor known = table_.find(fd);
  CallEvent event;
  event.call = call;
  event.fd = fd;
  event.role = known.role;
  event.connection = known.connection;
  event.non_blocking = known.non_blocking;
  event.edge_triggered = known.edge_triggered();
  event.can_rearm = known.can_rearm();
  event.can_reset = known.role == Role::kClient;
  event.can_consume = known.role == Role::kListener;
  event.can_close = true;
  if (interruptible_calls_.contains(call)) {
    const SignalHandlers handlers = handlers_();
    event.handler = handlers.any;
    event.interruptible = handlers.interruptible;
  }
  return event;
}

std::optional<Fault> FaultSys::decide(const CallEvent& event) {
  const Decision decision = run_.decide(event);
  if (decision.delay.count() > 0) {
    const auto us = decision.delay.count();
    const timespec duration{.tv_sec = us / 1'000'000, .tv_nsec = us % 1'000'000 * 1000};
    // Cut short by a signal it is less late, which is as good.
    static_cast<void>(below().nanosleep(&duration, nullptr).ok());
  }
  return decision.fault;
}

bool FaultSys::rearmed(const Fault& fault, const CallEvent& event) {
  if (!fault.rearm) {
    return true;
  }
  const std::lock_guard lock(interest_mutex_);
  for (DescriptorTable::Interest interest : table_.find(event.fd).interests) {
    if (!interest.edge_triggered()) {
      continue;
    }
    const SysResult<void> again =
        below().epoll_ctl(interest.epfd, EPOLL_CTL_MOD, event.fd, &interest.event);
    if (!again.ok()) {
      run_.withdraw(fault, event, "re-arming failed with " + ErrnoName(again.error()));
      return false;
    }
  }
  return true;
}

std::optional<SysFailure> FaultSys::fail(const Fault& fault, const CallEvent& event) {
  const int number = std::get<Errno>(fault.outcome).number;
  // Before the program hears of it, so that a failure can be withdrawn: the wait that reports what is
  // still there comes after in any case.
  if (!rearmed(fault, event)) {
    return std::nullopt;
  }
  run_.fired(fault, event, ErrnoName(number));
  return Fail(number);
}

int FaultSys::reset_connection(int fd) {
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  const SysResult<void> aborted = below().connect(fd, &nobody, sizeof nobody);
  if (!aborted.ok()) {
    return aborted.error();
  }
  // Both directions are over, as they are after an RST. It says ENOTCONN and does it.
  static_cast<void>(below().shutdown(fd, SHUT_RDWR).ok());
  return 0;
}

template <typename T, typename Make>
SysResult<T> FaultSys::on_dead(const Fault& fault, const CallEvent& event, Make make) {
  if (const int error = reset_connection(event.fd); error != 0 && !fault.hostile) {
    run_.withdraw(fault, event, "the connection cannot be reset: " + ErrnoName(error));
    return make();
  }
  const Errno* wanted = std::get_if<Errno>(&fault.outcome);
  if (wanted != nullptr && !KernelSaysSo(event.call, wanted->number)) {
    // The pending ECONNRESET gives way to the errno of the plan; it is said once, as every such error.
    int pending = 0;
    socklen_t size = sizeof pending;
    static_cast<void>(below().getsockopt(event.fd, SOL_SOCKET, SO_ERROR, &pending, &size).ok());
    if (wanted->number != EPIPE) {
      run_.fired(fault, event, ErrnoName(wanted->number));
      return Fail(wanted->number);
    }
  }
  SysResult<T> result = make();  // EPIPE brings SIGPIPE: the Sys below knows how
  run_.fired(fault, event, Got(result));
  return result;
}

template <typename T, typename Make>
SysResult<T> FaultSys::plain(const CallEvent& event, Make make) {
  const std::optional<Fault> fault = decide(event);
  if (!fault) {
    return make();
  }
  if (fault->condition == Condition::kDead) {
    return on_dead<T>(*fault, event, make);
  }
  const std::optional<SysFailure> failure = fail(*fault, event);
  return failure ? SysResult<T>(*failure) : make();
}

template <typename Make>
SysResult<size_t> FaultSys::shortened(const Fault& fault, const CallEvent& event, Make make) {
  if (!rearmed(fault, event)) {
    return make(event.asked);
  }
  const size_t most = std::get<Short>(fault.outcome).bytes;
  const SysResult<size_t> result = make(most);
  if (result.ok() && *result == most) {
    run_.fired(fault, event, Got(result));
  } else {
    run_.made_no_difference(fault);
  }
  return result;
}

template <typename Make>
SysResult<size_t> FaultSys::transfer(const CallEvent& event, Make make) {
  const std::optional<Fault> fault = decide(event);
  if (!fault) {
    return make(event.asked);
  }
  if (fault->condition == Condition::kDead) {
    return on_dead<size_t>(*fault, event, [&] { return make(event.asked); });
  }
  if (std::holds_alternative<Short>(fault->outcome)) {
    return shortened(*fault, event, make);
  }
  const std::optional<SysFailure> failure = fail(*fault, event);
  return failure ? SysResult<size_t>(*failure) : make(event.asked);
}

SysResult<size_t> FaultSys::recv(int fd, void* buf, size_t len, int flags) {
  CallEvent event = describe(Call::kRecv, fd);
  event.asked = len;
  event.non_blocking = event.non_blocking || (flags & MSG_DONTWAIT) != 0;
  event.whole = (flags & MSG_WAITALL) != 0;
  return transfer(event, [&](size_t most) { return below().recv(fd, buf, most, flags); });
}

SysResult<size_t> FaultSys::send(int fd, const void* buf, size_t len, int flags) {
  CallEvent event = describe(Call::kSend, fd);
  event.asked = len;
  event.non_blocking = event.non_blocking || (flags & MSG_DONTWAIT) != 0;
  return transfer(event, [&](size_t most) { return below().send(fd, buf, most, flags); });
}

SysResult<size_t> FaultSys::read(int fd, void* buf, size_t count) {
  CallEvent event = describe(Call::kRead, fd);
  event.asked = count;
  return transfer(event, [&](size_t most) { return below().read(fd, buf, most); });
}

SysResult<size_t> FaultSys::write(int fd, const void* buf, size_t count) {
  CallEvent event = describe(Call::kWrite, fd);
  event.asked = count;
  return transfer(event, [&](size_t most) { return below().write(fd, buf, most); });
}

SysResult<int> FaultSys::socket(int domain, int type, int protocol) {
  return plain<int>(describe(Call::kSocket, -1), [&] {
    const SysResult<int> fd = below().socket(domain, type, protocol);
    if (fd.ok()) {
      table_.made_socket(*fd, type);
    }
    return fd;
  });
}

SysResult<void> FaultSys::bind(int fd, const sockaddr* addr, socklen_t addrlen) {
  return plain<void>(describe(Call::kBind, fd), [&] { return below().bind(fd, addr, addrlen); });
}

SysResult<void> FaultSys::listen(int fd, int backlog) {
  return plain<void>(describe(Call::kListen, fd), [&] {
    const SysResult<void> result = below().listen(fd, backlog);
    if (result.ok()) {
      table_.listens(fd);
      run_.listening();
    }
    return result;
  });
}

SysResult<int> FaultSys::take(int listener, sockaddr* addr, socklen_t* addrlen, int flags) {
  const SysResult<int> fd = below().accept4(listener, addr, addrlen, flags);
  if (fd.ok()) {
    table_.accepted(*fd, flags);
  }
  return fd;
}

SysResult<int> FaultSys::abort_pending(const Fault& fault, const CallEvent& event, int flags) {
  const SysResult<int> fd = below().accept4(event.fd, nullptr, nullptr, flags);
  if (!fd.ok()) {
    fd.error() == EAGAIN
        ? run_.made_no_difference(fault)
        : run_.withdraw(fault, event, "accept failed with " + ErrnoName(fd.error()));
    return fd;
  }
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  static_cast<void>(below().setsockopt(*fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once).ok());
  static_cast<void>(below().close(*fd).ok());
  const int number = std::get<Errno>(fault.outcome).number;
  run_.fired(fault, event, ErrnoName(number));
  return Fail(number);
}

SysResult<int> FaultSys::accept4(int fd, sockaddr* addr, socklen_t* addrlen, int flags) {
  const CallEvent event = describe(Call::kAccept4, fd);
  const std::optional<Fault> fault = decide(event);
  if (!fault) {
    return take(fd, addr, addrlen, flags);
  }
  if (fault->condition == Condition::kConsumed) {
    return abort_pending(*fault, event, flags);
  }
  const std::optional<SysFailure> failure = fail(*fault, event);
  return failure ? SysResult<int>(*failure) : take(fd, addr, addrlen, flags);
}

SysResult<void> FaultSys::shutdown(int fd, int how) {
  return plain<void>(describe(Call::kShutdown, fd), [&] { return below().shutdown(fd, how); });
}

SysResult<void> FaultSys::close(int fd) {
  const CallEvent event = describe(Call::kClose, fd);
  const std::optional<Fault> fault = decide(event);
  table_.closing(fd);
  const SysResult<void> closed = below().close(fd);
  const std::optional<SysFailure> failure = fault ? fail(*fault, event) : std::nullopt;
  return failure ? SysResult<void>(*failure) : closed;
}

SysResult<int> FaultSys::fcntl(int fd, int cmd, int arg) {
  const SysResult<int> result = below().fcntl(fd, cmd, arg);
  if (result.ok() && cmd == F_SETFL) {
    table_.set_non_blocking(fd, (arg & O_NONBLOCK) != 0);
  } else if (result.ok() && (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)) {
    table_.duplicated(fd, *result);
  }
  return result;
}

SysResult<int> FaultSys::eventfd(unsigned int initval, int flags) {
  return plain<int>(describe(Call::kEventfd, -1), [&] { return below().eventfd(initval, flags); });
}

SysResult<int> FaultSys::select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                                timeval* timeout) {
  CallEvent event = describe(Call::kSelect, -1);
  event.asked = WaitedFor(nfds, readfds, writefds, exceptfds);
  return wait(
      event, [&] { return below().select(nfds, readfds, writefds, exceptfds, timeout); },
      [&](uint64_t keep, uint64_t chance) {
        return KeepSome(nfds, readfds, writefds, exceptfds, keep, chance);
      });
}

SysResult<int> FaultSys::poll(pollfd* fds, nfds_t nfds, int timeout_ms) {
  CallEvent event = describe(Call::kPoll, -1);
  event.asked = WaitedFor(fds, nfds);
  return wait(
      event, [&] { return below().poll(fds, nfds, timeout_ms); },
      [&](uint64_t keep, uint64_t chance) { return KeepSome(fds, nfds, keep, chance); });
}

template <typename Make, typename Keep>
SysResult<int> FaultSys::wait(const CallEvent& event, Make make, Keep keep) {
  const std::optional<Fault> fault = decide(event);
  if (!fault) {
    return make();
  }
  const Only* only = std::get_if<Only>(&fault->outcome);
  if (only == nullptr) {
    return fail(*fault, event).value();  // nothing is re-armed for a wait, so nothing withdrawn
  }
  const SysResult<int> ready = make();
  if (!ready.ok() || static_cast<uint64_t>(*ready) <= only->events) {
    run_.made_no_difference(*fault);
    return ready;
  }
  const SysResult<int> kept = Ok(keep(only->events, fault->chance));
  run_.fired(*fault, event, fmt::format("{} of {} events", *kept, *ready));
  return kept;
}

SysResult<int> FaultSys::epoll_create1(int flags) {
  return plain<int>(describe(Call::kEpollCreate1, -1),
                    [&] { return below().epoll_create1(flags); });
}

SysResult<void> FaultSys::epoll_ctl(int epfd, int op, int fd, epoll_event* event) {
  CallEvent call = describe(Call::kEpollCtl, fd);
  call.registers = op == EPOLL_CTL_ADD;
  return plain<void>(call, [&] {
    const std::lock_guard lock(interest_mutex_);
    const SysResult<void> result = below().epoll_ctl(epfd, op, fd, event);
    if (result.ok() && op == EPOLL_CTL_DEL) {
      table_.unregistered(epfd, fd);
    } else if (result.ok() && event != nullptr) {
      table_.registered(epfd, fd, *event);
    }
    return result;
  });
}

SysResult<int> FaultSys::epoll_wait(int epfd, epoll_event* events, int maxevents, int timeout_ms) {
  CallEvent event = describe(Call::kEpollWait, epfd);
  event.asked = static_cast<uint64_t>(std::max(maxevents, 0));
  const std::optional<Fault> fault = decide(event);
  if (!fault) {
    return below().epoll_wait(epfd, events, maxevents, timeout_ms);
  }
  if (std::holds_alternative<Errno>(fault->outcome)) {
    return fail(*fault, event).value();
  }
  const Only* only = std::get_if<Only>(&fault->outcome);
  // The plan fires only where there is room for more events than it leaves.
  const int room = only != nullptr ? static_cast<int>(only->events) : maxevents;
  const SysResult<int> ready = below().epoll_wait(epfd, events, room, timeout_ms);
  const int needed = only != nullptr ? room : 2;
  if (!ready.ok() || *ready < needed) {
    run_.made_no_difference(*fault);
    return ready;
  }
  if (only == nullptr) {
    Reorder(events, *ready, fault->chance);
  }
  run_.fired(*fault, event, fmt::format("{} events", *ready));
  return ready;
}

SysResult<void> FaultSys::nanosleep(const timespec* duration, timespec* remaining) {
  const CallEvent event = describe(Call::kNanosleep, -1);
  const std::optional<Fault> fault = decide(event);
  if (!fault) {
    return below().nanosleep(duration, remaining);
  }
  if (remaining != nullptr && duration != nullptr) {
    *remaining = *duration;  // interrupted at once
  }
  return fail(*fault, event).value();
}

}  // namespace eagain::fault
