#include "eagain/fault/sys/forwarding_sys.h"

#include <utility>

namespace eagain::fault {

SysResult<int> ForwardingSys::socket(int domain, int type, int protocol) {
  return below_.socket(domain, type, protocol);
}

SysResult<void> ForwardingSys::bind(int fd, const sockaddr* addr, socklen_t addrlen) {
  return below_.bind(fd, addr, addrlen);
}

SysResult<void> ForwardingSys::listen(int fd, int backlog) { return below_.listen(fd, backlog); }

SysResult<int> ForwardingSys::accept4(int fd, sockaddr* addr, socklen_t* addrlen, int flags) {
  return below_.accept4(fd, addr, addrlen, flags);
}

SysResult<void> ForwardingSys::connect(int fd, const sockaddr* addr, socklen_t addrlen) {
  return below_.connect(fd, addr, addrlen);
}

SysResult<void> ForwardingSys::shutdown(int fd, int how) { return below_.shutdown(fd, how); }

SysResult<void> ForwardingSys::getsockname(int fd, sockaddr* addr, socklen_t* addrlen) {
  return below_.getsockname(fd, addr, addrlen);
}

SysResult<void> ForwardingSys::getsockopt(int fd, int level, int optname, void* optval,
                                          socklen_t* optlen) {
  return below_.getsockopt(fd, level, optname, optval, optlen);
}

SysResult<void> ForwardingSys::setsockopt(int fd, int level, int optname, const void* optval,
                                          socklen_t optlen) {
  return below_.setsockopt(fd, level, optname, optval, optlen);
}

SysResult<size_t> ForwardingSys::recv(int fd, void* buf, size_t len, int flags) {
  return below_.recv(fd, buf, len, flags);
}

SysResult<size_t> ForwardingSys::send(int fd, const void* buf, size_t len, int flags) {
  return below_.send(fd, buf, len, flags);
}

SysResult<size_t> ForwardingSys::read(int fd, void* buf, size_t count) {
  return below_.read(fd, buf, count);
}

SysResult<size_t> ForwardingSys::write(int fd, const void* buf, size_t count) {
  return below_.write(fd, buf, count);
}

SysResult<void> ForwardingSys::close(int fd) { return below_.close(fd); }

SysResult<int> ForwardingSys::fcntl(int fd, int cmd, int arg) { return below_.fcntl(fd, cmd, arg); }

SysResult<int> ForwardingSys::eventfd(unsigned int initval, int flags) {
  return below_.eventfd(initval, flags);
}

SysResult<int> ForwardingSys::select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                                     timeval* timeout) {
  return below_.select(nfds, readfds, writefds, exceptfds, timeout);
}

SysResult<int> ForwardingSys::poll(pollfd* fds, nfds_t nfds, int timeout_ms) {
  return below_.poll(fds, nfds, timeout_ms);
}

SysResult<int> ForwardingSys::epoll_create1(int flags) { return below_.epoll_create1(flags); }

SysResult<void> ForwardingSys::epoll_ctl(int epfd, int op, int fd, epoll_event* event) {
  return below_.epoll_ctl(epfd, op, fd, event);
}

SysResult<int> ForwardingSys::epoll_wait(int epfd, epoll_event* events, int maxevents,
                                         int timeout_ms) {
  return below_.epoll_wait(epfd, events, maxevents, timeout_ms);
}

SysResult<void> ForwardingSys::clock_gettime(clockid_t clock, timespec* now) {
  return below_.clock_gettime(clock, now);
}

SysResult<void> ForwardingSys::nanosleep(const timespec* duration, timespec* remaining) {
  return below_.nanosleep(duration, remaining);
}

SysResult<uint64_t> ForwardingSys::spawn(size_t stack_bytes, std::function<void()> body) {
  return below_.spawn(stack_bytes, std::move(body));
}

SysResult<void> ForwardingSys::join(uint64_t thread) { return below_.join(thread); }

SysResult<pid_t> ForwardingSys::fork(const std::function<void()>& prepare,
                                     const std::function<int()>& child) {
  return below_.fork(prepare, child);
}

SysResult<pid_t> ForwardingSys::waitpid(pid_t pid, int* status, int options) {
  return below_.waitpid(pid, status, options);
}

SysResult<void> ForwardingSys::kill(pid_t pid, int signal) { return below_.kill(pid, signal); }

SysResult<void> ForwardingSys::sigaction(int signal, const struct sigaction* action,
                                         struct sigaction* before) {
  return below_.sigaction(signal, action, before);
}

SysResult<std::unique_ptr<Ring>> ForwardingSys::io_uring_setup(unsigned entries) {
  return below_.io_uring_setup(entries);
}

}  // namespace eagain::fault
