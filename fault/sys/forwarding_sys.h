// ForwardingSys: a Sys that hands every call on to another. Decorators derive from it and override what
// they change; when Sys grows a call, this is the one decorator that has to learn it.
#pragma once

#include "eagain/sys/sys.h"

namespace eagain::fault {

class ForwardingSys : public Sys {
 public:
  // `below` outlives this object.
  explicit ForwardingSys(Sys& below) : below_(below) {}

  Sys& below() const { return below_; }

  SysResult<int> socket(int domain, int type, int protocol) override;
  SysResult<void> bind(int fd, const sockaddr* addr, socklen_t addrlen) override;
  SysResult<void> listen(int fd, int backlog) override;
  SysResult<int> accept4(int fd, sockaddr* addr, socklen_t* addrlen, int flags) override;
  SysResult<void> connect(int fd, const sockaddr* addr, socklen_t addrlen) override;
  SysResult<void> shutdown(int fd, int how) override;
  SysResult<void> getsockname(int fd, sockaddr* addr, socklen_t* addrlen) override;
  SysResult<void> getsockopt(int fd, int level, int optname, void* optval,
                             socklen_t* optlen) override;
  SysResult<void> setsockopt(int fd, int level, int optname, const void* optval,
                             socklen_t optlen) override;
  SysResult<size_t> recv(int fd, void* buf, size_t len, int flags) override;
  SysResult<size_t> send(int fd, const void* buf, size_t len, int flags) override;
  SysResult<size_t> read(int fd, void* buf, size_t count) override;
  SysResult<size_t> write(int fd, const void* buf, size_t count) override;
  SysResult<void> close(int fd) override;
  SysResult<int> fcntl(int fd, int cmd, int arg) override;
  SysResult<int> eventfd(unsigned int initval, int flags) override;
  SysResult<int> select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                        timeval* timeout) override;
  SysResult<int> poll(pollfd* fds, nfds_t nfds, int timeout_ms) override;
  SysResult<int> epoll_create1(int flags) override;
  SysResult<void> epoll_ctl(int epfd, int op, int fd, epoll_event* event) override;
  SysResult<int> epoll_wait(int epfd, epoll_event* events, int maxevents, int timeout_ms) override;
  SysResult<void> clock_gettime(clockid_t clock, timespec* now) override;
  SysResult<void> nanosleep(const timespec* duration, timespec* remaining) override;
  SysResult<uint64_t> spawn(size_t stack_bytes, std::function<void()> body) override;
  SysResult<void> join(uint64_t thread) override;
  SysResult<pid_t> fork(const std::function<void()>& prepare,
                        const std::function<int()>& child) override;
  SysResult<pid_t> waitpid(pid_t pid, int* status, int options) override;
  SysResult<void> kill(pid_t pid, int signal) override;
  SysResult<void> sigaction(int signal, const struct sigaction* action,
                            struct sigaction* before) override;
  SysResult<std::unique_ptr<Ring>> io_uring_setup(unsigned entries) override;

 private:
  Sys& below_;
};

}  // namespace eagain::fault
