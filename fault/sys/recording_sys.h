// RecordingSys: any Sys, and a trace of its calls.
//
//   socket(2, STREAM|NONBLOCK|CLOEXEC, 0) = 3
//   accept4(3, NONBLOCK|CLOEXEC) = 7
//   epoll_ctl(4, ADD, 7, IN|RDHUP) = 0
//   epoll_wait(4, 64, for ever) = 1 [7:IN]
//   recv(7, 65536, 0) = 5 "hello"
//   send(7, "hello", 5, NOSIGNAL) = 3
//   accept4(3, NONBLOCK|CLOEXEC) = EAGAIN
//
// A line a call, written when the call returns: its name, the arguments that matter, " = ", and the value or
// the errno; then the bytes received, or who is ready. There is no address and no time of day in it, so what
// runs the same way reads the same. Ready descriptors of an epoll are shown by the number with which they were
// registered, whatever the program keeps in epoll_data.
//
// Put a RecordingSys above a FaultSys to see what the program saw, below it to see what really happened.
//
// Thread-safety: that of the Sys below; lines are written whole.
#pragma once

#include <map>
#include <mutex>
#include <ostream>
#include <string>
#include <utility>

#include "eagain/fault/sys/forwarding_sys.h"

namespace eagain::fault {

class RecordingSys final : public ForwardingSys {
 public:
  // Both outlive this object.
  RecordingSys(Sys& below, std::ostream& trace) : ForwardingSys(below), trace_(trace) {}

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
  // Writes "CALL = RESULT MORE" and returns the result.
  template <typename T>
  SysResult<T> record(const std::string& call, SysResult<T> result, const std::string& more = "");
  std::string ready_text(int epfd, const epoll_event* events, int count);

  std::ostream& trace_;
  std::mutex mutex_;  // guards all below, and writing
  // Which descriptor was registered with this epoll and this epoll_data.
  std::map<std::pair<int, uint64_t>, int> registered_;
};

}  // namespace eagain::fault
