// TracedCall: a system call that a thread is about to make, read from its registers and memory.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <optional>
#include <string>

#include "eagain/fault/inject/syscall_numbers.h"
#include "eagain/fault/inject/tracee.h"
#include "eagain/fault/plan/plan_run.h"

namespace eagain::fault {

struct TracedCall {
  const Syscall* syscall = nullptr;
  CallEvent event;     // what the plan is asked about
  Sockets::Seen seen;  // of event.fd, where the call has a socket
  std::string flags;   // as injection_log.h says
  std::optional<int64_t> timeout_ms;
  std::optional<epoll_event> wanted;  // of an epoll_ctl that adds or modifies
};

// Reads all but what the descriptor is: the call, what it asks for, flags.
TracedCall ReadCall(const Tracee& tracee, const Syscall& syscall);

// Whether the call is made on a descriptor of its own: one that can be a socket.
bool OnSocket(Call call);

// "EPOLLIN|EPOLLET"
std::string EpollEventsText(uint32_t events);

}  // namespace eagain::fault
