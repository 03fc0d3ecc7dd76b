// The syscall layer: one virtual method per system call, with the man page's name and argument
// order.
//
// Nothing is added and nothing hidden: no flags, no retries, no conversions. What a method does is
// what section 2 of the manual says; the comments below state only the differences. Whoever needs
// system calls is handed a `Sys&` when constructed; there is no global one.
//
//   KernelSys      the real thing                          (kernel_sys.h)
//   MockSys        GoogleMock, for one errno at a time     (eagain/mocks/mock_sys.h)
//   FaultSys       decorates any Sys with a fault plan     (eagain/fault/sys/fault_sys.h)
//   RecordingSys   decorates any Sys with a trace          (eagain/fault/sys/recording_sys.h)
//   SimKernel      a kernel's worth of sockets in memory   (eagain/fault/sim/sim_kernel.h)
//
// Descriptors are plain ints here, as they are to the kernel; who owns one holds it in a UniqueFd
// (unique_fd.h). Errors are errno values in the result; the thread's errno is not to be looked at.
//
// Thread-safety: that of the system calls, unless an implementation says less.
#pragma once

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "eagain/sys/ring.h"
#include "eagain/sys/sys_result.h"

namespace eagain {

class Sys {
 public:
  Sys() = default;
  Sys(const Sys&) = delete;
  Sys& operator=(const Sys&) = delete;
  virtual ~Sys() = default;

  // Sockets: socket(2), bind(2), listen(2), accept4(2), connect(2), shutdown(2), getsockname(2),
  // getsockopt(2), setsockopt(2).
  virtual SysResult<int> socket(int domain, int type, int protocol) = 0;
  virtual SysResult<void> bind(int fd, const sockaddr* addr, socklen_t addrlen) = 0;
  virtual SysResult<void> listen(int fd, int backlog) = 0;
  virtual SysResult<int> accept4(int fd, sockaddr* addr, socklen_t* addrlen, int flags) = 0;
  virtual SysResult<void> connect(int fd, const sockaddr* addr, socklen_t addrlen) = 0;
  virtual SysResult<void> shutdown(int fd, int how) = 0;
  virtual SysResult<void> getsockname(int fd, sockaddr* addr, socklen_t* addrlen) = 0;
  virtual SysResult<void> getsockopt(int fd, int level, int optname, void* optval,
                                     socklen_t* optlen) = 0;
  virtual SysResult<void> setsockopt(int fd, int level, int optname, const void* optval,
                                     socklen_t optlen) = 0;

  // Bytes: recv(2), send(2), read(2), write(2). The value is the count of bytes moved; 0 from recv
  // or read is the end of the stream.
  virtual SysResult<size_t> recv(int fd, void* buf, size_t len, int flags) = 0;
  virtual SysResult<size_t> send(int fd, const void* buf, size_t len, int flags) = 0;
  virtual SysResult<size_t> read(int fd, void* buf, size_t count) = 0;
  virtual SysResult<size_t> write(int fd, const void* buf, size_t count) = 0;

  // Descriptors: close(2), fcntl(2) (the commands whose argument is an int), eventfd(2).
  // As on Linux, the descriptor is gone after close whatever close answers: never call it twice.
  virtual SysResult<void> close(int fd) = 0;
  virtual SysResult<int> fcntl(int fd, int cmd, int arg) = 0;
  virtual SysResult<int> eventfd(unsigned int initval, int flags) = 0;

  // Readiness: select(2), poll(2), epoll_create1(2), epoll_ctl(2), epoll_wait(2). The value of a
  // wait is the count of ready descriptors (select: of set bits); 0 means that the time ran out.
  // Linux's select changes *timeout to the time that was left; do not rely on it.
  virtual SysResult<int> select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                                timeval* timeout) = 0;
  virtual SysResult<int> poll(pollfd* fds, nfds_t nfds, int timeout_ms) = 0;
  virtual SysResult<int> epoll_create1(int flags) = 0;
  virtual SysResult<void> epoll_ctl(int epfd, int op, int fd, epoll_event* event) = 0;
  virtual SysResult<int> epoll_wait(int epfd, epoll_event* events, int maxevents,
                                    int timeout_ms) = 0;

  // Time: clock_gettime(2), nanosleep(2).
  virtual SysResult<void> clock_gettime(clockid_t clock, timespec* now) = 0;
  virtual SysResult<void> nanosleep(const timespec* duration, timespec* remaining) = 0;

  // Threads: pthread_create(3), pthread_join(3). `body` runs in a thread of its own, on a stack of
  // `stack_bytes`, with all signals blocked, so that they come to the threads that were there
  // before. The value, never 0, is what join wants: once for each thread, and never for oneself.
  // What `body` holds is destroyed before join returns.
  virtual SysResult<uint64_t> spawn(size_t stack_bytes, std::function<void()> body) = 0;
  virtual SysResult<void> join(uint64_t thread) = 0;

  // Processes: fork(2), waitpid(2), kill(2), and what tells of their end, sigaction(2). In the child
  // `prepare` runs with all signals blocked; then `child`, with those blocked that the parent blocks;
  // then the child ends by _exit(2), with the status that `child` returned.
  virtual SysResult<pid_t> fork(const std::function<void()>& prepare,
                                const std::function<int()>& child) = 0;
  virtual SysResult<pid_t> waitpid(pid_t pid, int* status, int options) = 0;
  virtual SysResult<void> kill(pid_t pid, int signal) = 0;
  virtual SysResult<void> sigaction(int signal, const struct sigaction* action,
                                    struct sigaction* before) = 0;

  // Completions: io_uring_setup(2). What is done with the ring is the ring's; see ring.h.
  virtual SysResult<std::unique_ptr<Ring>> io_uring_setup(unsigned entries) = 0;
};

}  // namespace eagain
