// Faults that need no interception: what anybody may do to a program from outside, and what the
// kernel then answers it is true by itself. Legal by construction, and they cost the program
// nothing.
//
// All need what ptrace(2) needs of the process that is meant (PTRACE_MODE_ATTACH_REALCREDS): the same
// user, and no security module against it. They answer 0, or the errno of what was refused.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace eagain::fault {

// The least send and receive buffers that the kernel gives a socket (socket(7), SO_SNDBUF and SO_RCVBUF):
// with a peer that does not read, real short sends, real EAGAIN and real edges after little. On a
// listener, for the connections it accepts from then on. The send buffer of loopback still takes some
// tens of kilobytes; a connection keeps what is already in its buffers.
int LeastSendBuffer(pid_t pid, int fd);
int LeastReceiveBuffer(pid_t pid, int fd);

// RLIMIT_NOFILE, soft and hard (prlimit(2)): real EMFILE from the call that would go beyond it. What is
// open stays open. Only root can raise the hard one again.
int LimitDescriptors(pid_t pid, uint64_t limit);

// How many descriptors it has open: what to add to, for LimitDescriptors(); 0 if that cannot be known.
uint64_t OpenDescriptors(pid_t pid);

// SIGSTOP to the process, waits until every thread of it stands still, SIGCONT: a real EINTR for what
// waits in epoll_wait and the few others that signal(7) lists under "Interruption of system calls and
// library functions by stop signals". ETIMEDOUT if it did not stop within `patience_ms`; it is
// continued in any case.
int StopAndContinue(pid_t pid, int patience_ms = 10'000);

// The connection is over, as if its peer had reset it: the peer gets an RST, the process the errors that
// tell of one. `fd` is this process's own descriptor of the socket.
int ResetConnection(int fd);
// The same of a descriptor of another process.
int ResetConnection(pid_t pid, int fd);

// Takes the oldest connection that waits at a listener, and resets it. EAGAIN when none waits. The
// process must stand still meanwhile (SIGSTOP): otherwise it could take the connection first, and
// this call would wait for the next.
int AbortPending(pid_t pid, int listener);

}  // namespace eagain::fault
