#include "eagain/sys/kernel_sys.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "eagain/sys/direct_call.h"
#include "eagain/sys/kernel_ring.h"

namespace eagain {

namespace {

// What the library's pthread functions answer is the errno itself.
SysResult<void> FromPthread(int error) { return error == 0 ? Ok() : SysResult<void>(Fail(error)); }

void* RunThread(void* argument) {
  const std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()>*>(argument));
  (*body)();
  return nullptr;
}

}  // namespace

SysResult<int> KernelSys::socket(int domain, int type, int protocol) {
  return FromLibc<int>(::socket(domain, type, protocol));
}

SysResult<void> KernelSys::bind(int fd, const sockaddr* addr, socklen_t addrlen) {
  return FromLibc<void>(::bind(fd, addr, addrlen));
}

SysResult<void> KernelSys::listen(int fd, int backlog) {
  return FromLibc<void>(::listen(fd, backlog));
}

SysResult<int> KernelSys::accept4(int fd, sockaddr* addr, socklen_t* addrlen, int flags) {
  return FromLibc<int>(::accept4(fd, addr, addrlen, flags));
}

SysResult<void> KernelSys::connect(int fd, const sockaddr* addr, socklen_t addrlen) {
  return FromLibc<void>(::connect(fd, addr, addrlen));
}

SysResult<void> KernelSys::shutdown(int fd, int how) { return FromLibc<void>(::shutdown(fd, how)); }

SysResult<void> KernelSys::getsockname(int fd, sockaddr* addr, socklen_t* addrlen) {
  return FromLibc<void>(::getsockname(fd, addr, addrlen));
}

SysResult<void> KernelSys::getsockopt(int fd, int level, int optname, void* optval,
                                      socklen_t* optlen) {
  return FromLibc<void>(::getsockopt(fd, level, optname, optval, optlen));
}

SysResult<void> KernelSys::setsockopt(int fd, int level, int optname, const void* optval,
                                      socklen_t optlen) {
  return FromLibc<void>(::setsockopt(fd, level, optname, optval, optlen));
}

SysResult<size_t> KernelSys::read(int fd, void* buf, size_t count) {
  return FromLibc<size_t>(::read(fd, buf, count));
}

SysResult<size_t> KernelSys::write(int fd, const void* buf, size_t count) {
  return FromLibc<size_t>(::write(fd, buf, count));
}

SysResult<void> KernelSys::close(int fd) { return FromLibc<void>(::close(fd)); }

SysResult<int> KernelSys::fcntl(int fd, int cmd, int arg) {
  return FromLibc<int>(::fcntl(fd, cmd, arg));
}

SysResult<int> KernelSys::eventfd(unsigned int initval, int flags) {
  return FromLibc<int>(::eventfd(initval, flags));
}

SysResult<int> KernelSys::epoll_create1(int flags) { return FromLibc<int>(::epoll_create1(flags)); }

SysResult<void> KernelSys::epoll_ctl(int epfd, int op, int fd, epoll_event* event) {
  return FromLibc<void>(::epoll_ctl(epfd, op, fd, event));
}

#ifdef EAGAIN_DIRECT_CALLS  // what is called for each message

SysResult<size_t> KernelSys::recv(int fd, void* buf, size_t len, int flags) {
  return FromKernel<size_t>(DirectCall(SYS_recvfrom, fd, buf, len, flags));
}

SysResult<size_t> KernelSys::send(int fd, const void* buf, size_t len, int flags) {
  return FromKernel<size_t>(DirectCall(SYS_sendto, fd, buf, len, flags));
}

SysResult<int> KernelSys::select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                                 timeval* timeout) {
  return FromKernel<int>(DirectCall(SYS_select, nfds, readfds, writefds, exceptfds, timeout));
}

SysResult<int> KernelSys::poll(pollfd* fds, nfds_t nfds, int timeout_ms) {
  return FromKernel<int>(DirectCall(SYS_poll, fds, nfds, timeout_ms));
}

SysResult<int> KernelSys::epoll_wait(int epfd, epoll_event* events, int maxevents, int timeout_ms) {
  return FromKernel<int>(DirectCall(SYS_epoll_wait, epfd, events, maxevents, timeout_ms));
}

#else

SysResult<size_t> KernelSys::recv(int fd, void* buf, size_t len, int flags) {
  return FromLibc<size_t>(::recv(fd, buf, len, flags));
}

SysResult<size_t> KernelSys::send(int fd, const void* buf, size_t len, int flags) {
  return FromLibc<size_t>(::send(fd, buf, len, flags));
}

SysResult<int> KernelSys::select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                                 timeval* timeout) {
  return FromLibc<int>(::select(nfds, readfds, writefds, exceptfds, timeout));
}

SysResult<int> KernelSys::poll(pollfd* fds, nfds_t nfds, int timeout_ms) {
  return FromLibc<int>(::poll(fds, nfds, timeout_ms));
}

SysResult<int> KernelSys::epoll_wait(int epfd, epoll_event* events, int maxevents, int timeout_ms) {
  return FromLibc<int>(::epoll_wait(epfd, events, maxevents, timeout_ms));
}

#endif

SysResult<void> KernelSys::clock_gettime(clockid_t clock, timespec* now) {
  return FromLibc<void>(::clock_gettime(clock, now));
}

SysResult<void> KernelSys::nanosleep(const timespec* duration, timespec* remaining) {
  return FromLibc<void>(::nanosleep(duration, remaining));
}

SysResult<uint64_t> KernelSys::spawn(size_t stack_bytes, std::function<void()> body) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  sigset_t all;
  sigfillset(&all);
  pthread_attr_setsigmask_np(&attributes, &all);
  auto argument = std::make_unique<std::function<void()>>(std::move(body));
  pthread_t thread{};
  const SysResult<void> made =
      FromPthread(pthread_create(&thread, &attributes, RunThread, argument.get()));
  pthread_attr_destroy(&attributes);
  if (!made) {
    return Fail(made.error());
  }
  static_cast<void>(argument.release());  // the thread's now
  return Ok(uint64_t{thread});
}

SysResult<void> KernelSys::join(uint64_t thread) {
  return FromPthread(pthread_join(pthread_t{thread}, nullptr));
}

SysResult<pid_t> KernelSys::fork(const std::function<void()>& prepare,
                                 const std::function<int()>& child) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  const int error = errno;
  if (pid == 0) {
    prepare();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::_exit(child());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return FromLibc<pid_t>(pid);
}

SysResult<pid_t> KernelSys::waitpid(pid_t pid, int* status, int options) {
  return FromLibc<pid_t>(::waitpid(pid, status, options));
}

SysResult<void> KernelSys::kill(pid_t pid, int signal) {
  return FromLibc<void>(::kill(pid, signal));
}

SysResult<void> KernelSys::sigaction(int signal, const struct sigaction* action,
                                     struct sigaction* before) {
  return FromLibc<void>(::sigaction(signal, action, before));
}

SysResult<std::unique_ptr<Ring>> KernelSys::io_uring_setup(unsigned entries) {
  return KernelRing::Make(entries);
}

}  // namespace eagain
