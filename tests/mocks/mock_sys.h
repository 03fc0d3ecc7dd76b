// MockSys: a Sys whose every call is an expectation, for showing what code does on one particular
// errno. For behaviour over many calls prefer SimKernel, which keeps the state that a kernel keeps.
#pragma once

#include <gmock/gmock.h>

#include "eagain/sys/sys.h"

namespace eagain {

class MockSys : public Sys {
 public:
  // Defined apart: what they make of twenty mocked methods is then compiled once, not in every test.
  MockSys();
  ~MockSys() override;

  MOCK_METHOD(SysResult<int>, socket, (int domain, int type, int protocol), (override));
  MOCK_METHOD(SysResult<void>, bind, (int fd, const sockaddr* addr, socklen_t addrlen), (override));
  MOCK_METHOD(SysResult<void>, listen, (int fd, int backlog), (override));
  MOCK_METHOD(SysResult<int>, accept4, (int fd, sockaddr* addr, socklen_t* addrlen, int flags),
              (override));
  MOCK_METHOD(SysResult<void>, connect, (int fd, const sockaddr* addr, socklen_t addrlen),
              (override));
  MOCK_METHOD(SysResult<void>, shutdown, (int fd, int how), (override));
  MOCK_METHOD(SysResult<void>, getsockname, (int fd, sockaddr* addr, socklen_t* addrlen),
              (override));
  MOCK_METHOD(SysResult<void>, getsockopt,
              (int fd, int level, int optname, void* optval, socklen_t* optlen), (override));
  MOCK_METHOD(SysResult<void>, setsockopt,
              (int fd, int level, int optname, const void* optval, socklen_t optlen), (override));
  MOCK_METHOD(SysResult<size_t>, recv, (int fd, void* buf, size_t len, int flags), (override));
  MOCK_METHOD(SysResult<size_t>, send, (int fd, const void* buf, size_t len, int flags),
              (override));
  MOCK_METHOD(SysResult<size_t>, read, (int fd, void* buf, size_t count), (override));
  MOCK_METHOD(SysResult<size_t>, write, (int fd, const void* buf, size_t count), (override));
  MOCK_METHOD(SysResult<void>, close, (int fd), (override));
  MOCK_METHOD(SysResult<int>, fcntl, (int fd, int cmd, int arg), (override));
  MOCK_METHOD(SysResult<int>, eventfd, (unsigned int initval, int flags), (override));
  MOCK_METHOD(SysResult<int>, select,
              (int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds, timeval* timeout),
              (override));
  MOCK_METHOD(SysResult<int>, poll, (pollfd * fds, nfds_t nfds, int timeout_ms), (override));
  MOCK_METHOD(SysResult<int>, epoll_create1, (int flags), (override));
  MOCK_METHOD(SysResult<void>, epoll_ctl, (int epfd, int op, int fd, epoll_event* event),
              (override));
  MOCK_METHOD(SysResult<int>, epoll_wait,
              (int epfd, epoll_event* events, int maxevents, int timeout_ms), (override));
  MOCK_METHOD(SysResult<void>, clock_gettime, (clockid_t clock, timespec* now), (override));
  MOCK_METHOD(SysResult<void>, nanosleep, (const timespec* duration, timespec* remaining),
              (override));
  MOCK_METHOD(SysResult<uint64_t>, spawn, (size_t stack_bytes, std::function<void()> body),
              (override));
  MOCK_METHOD(SysResult<void>, join, (uint64_t thread), (override));
  MOCK_METHOD(SysResult<pid_t>, fork,
              (const std::function<void()>& prepare, const std::function<int()>& child),
              (override));
  MOCK_METHOD(SysResult<pid_t>, waitpid, (pid_t pid, int* status, int options), (override));
  MOCK_METHOD(SysResult<void>, kill, (pid_t pid, int signal), (override));
  MOCK_METHOD(SysResult<void>, sigaction,
              (int signal, const struct sigaction* action, struct sigaction* before), (override));
  MOCK_METHOD(SysResult<std::unique_ptr<Ring>>, io_uring_setup, (unsigned entries), (override));
};

}  // namespace eagain

// Instantiated in mock_sys.cc, like what they mock.
extern template class testing::NiceMock<eagain::MockSys>;
extern template class testing::StrictMock<eagain::MockSys>;
