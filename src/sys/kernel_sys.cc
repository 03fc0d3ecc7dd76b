#include "eagain/sys/kernel_sys.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace eagain {

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

SysResult<size_t> KernelSys::recv(int fd, void* buf, size_t len, int flags) {
  return FromLibc<size_t>(::recv(fd, buf, len, flags));
}

SysResult<size_t> KernelSys::send(int fd, const void* buf, size_t len, int flags) {
  return FromLibc<size_t>(::send(fd, buf, len, flags));
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

SysResult<int> KernelSys::select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                                 timeval* timeout) {
  return FromLibc<int>(::select(nfds, readfds, writefds, exceptfds, timeout));
}

SysResult<int> KernelSys::poll(pollfd* fds, nfds_t nfds, int timeout_ms) {
  return FromLibc<int>(::poll(fds, nfds, timeout_ms));
}

SysResult<int> KernelSys::epoll_create1(int flags) { return FromLibc<int>(::epoll_create1(flags)); }

SysResult<void> KernelSys::epoll_ctl(int epfd, int op, int fd, epoll_event* event) {
  return FromLibc<void>(::epoll_ctl(epfd, op, fd, event));
}

SysResult<int> KernelSys::epoll_wait(int epfd, epoll_event* events, int maxevents, int timeout_ms) {
  return FromLibc<int>(::epoll_wait(epfd, events, maxevents, timeout_ms));
}

SysResult<void> KernelSys::clock_gettime(clockid_t clock, timespec* now) {
  return FromLibc<void>(::clock_gettime(clock, now));
}

SysResult<void> KernelSys::nanosleep(const timespec* duration, timespec* remaining) {
  return FromLibc<void>(::nanosleep(duration, remaining));
}

}  // namespace eagain
