// SimKernel: a kernel's worth of sockets in memory, for running a server that was written against
// Sys thousands of times a second, each time differently, and each time the same for the same seed.
//
// Sockets have finite buffers, listeners a backlog; there are FIN and RST, half-close, select, poll
// and epoll (level- and edge-triggered), eventfd, descriptor numbers with a limit and reuse. Time is
// virtual: it passes only in calls. A call that blocks lets the rest of the simulation go on (see
// scheduler.h); threads are fibers.
//
// Everything that a real kernel may decide one way or the other comes from one seeded source, within
// the odds of SimOptions: when bytes arrive and in which pieces, when room appears in a send buffer,
// the order and the number of ready events, which task runs. Unusual answers (faults.h) are states:
// a send is short because the buffer is nearly full, and the edge comes when it drains.
//
// tests/contract runs one suite on this and on Linux, and compares the two call by call on generated
// sequences of calls. Where it is known to differ from Linux:
//
//  * Buffers count bytes of data; Linux counts memory, headers and fragments included, so how much
//    fits is another number. SO_SNDBUF and SO_RCVBUF read back as on Linux. No autotuning.
//  * No retransmission, congestion, Nagle, delayed acknowledgement, keep-alive or urgent data; no
//    SYN retransmission times: a client that found the queue full tries again when there is room.
//  * No TIME_WAIT: a port is free as soon as nobody is bound to it.
//  * A close with SO_LINGER and a time does not wait; with time 0 it resets, as on Linux.
//  * Who connects a socket anew whose connection has died takes from the other end what it has not
//    read.
//  * One address: ports alone tell listeners apart; getsockname says 127.0.0.1 or ::1.
//  * Only TCP sockets, eventfds and epolls. Descriptors 0, 1 and 2 are taken but refer to nothing:
//    using them is EBADF.
//  * An epoll cannot be added to an epoll (EINVAL).
//  * A write of more than 8 bytes to an eventfd writes 8; Linux 6.18 says EINVAL.
//  * select looks at the whole of its sets; EBADF for any bit that is set and not open.
//  * Pointers are trusted: no EFAULT.
//  * SIGPIPE is either ignored or the end of the program.
//  * See sim_ring.h for io_uring.
//  * One process: fork fails with ENOSYS. sigaction is accepted and forgotten: see raise().
//
// Thread-safety: none. Everything happens on the thread that calls; calls from "signal handlers"
// (raise) are fine.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "eagain/fault/sim/counter.h"
#include "eagain/fault/sim/descriptors.h"
#include "eagain/fault/sim/epoll.h"
#include "eagain/fault/sim/faults.h"
#include "eagain/fault/sim/pool.h"
#include "eagain/fault/sim/random.h"
#include "eagain/fault/sim/scheduler.h"
#include "eagain/fault/sim/sim_options.h"
#include "eagain/fault/sim/tcp.h"
#include "eagain/fault/sim/waker.h"
#include "eagain/sys/sys.h"

namespace eagain::sim {

// Who looks at a simulated program from outside.
class ProgramObserver {
 public:
  // At the beginning of each wait (select, poll, epoll_wait, nanosleep). `progress`: how many calls
  // since the last one moved bytes, took a newcomer, ended something or changed what is waited for.
  // `rested`: whether the wait before let time pass.
  virtual void on_turn(uint64_t progress, bool rested) = 0;
  // After so many calls, again and again.
  static constexpr uint64_t kLookEvery = 256;
  virtual void on_look() = 0;
  // `call` was made on a descriptor that is not open (EBADF). `fd`: -1 when the call names none.
  virtual void on_bad_descriptor(const char* call, int fd) = 0;

 protected:
  ~ProgramObserver() = default;
};

class SimRing;

class SimKernel final : public Sys {
 public:
  explicit SimKernel(const SimOptions& options = {});
  ~SimKernel() override;

  // Everything anew, as if just made, but for memory that is kept. Only when no task but the first
  // is left.
  void reset(const SimOptions& options);

  // Around the program.
  Scheduler& scheduler() { return scheduler_; }
  Tcp& tcp() { return tcp_; }
  Waker& waker() { return waker_; }
  Random& random() { return random_; }
  const SimOptions& options() const { return options_; }
  const DescriptorTable& descriptors() const { return descriptors_; }
  const Tcp& tcp() const { return tcp_; }
  void limit_descriptors(int limit) { descriptors_.set_limit(limit); }
  uint64_t calls() const { return calls_; }
  uint64_t accepted() const { return accepted_; }
  // The virtual time that passes in every call.
  Time now() const { return scheduler_.now(); }
  // The socket behind `fd`, or nullptr.
  Socket* find_socket(int fd) const;

  // What goes wrong; nullptr: nothing. Outlives its use.
  void set_faults(Faults* faults) { faults_ = faults; }
  void set_observer(ProgramObserver* observer) { observer_ = observer; }
  // Every call from now on is appended to `trace`, a line each; nullptr: none.
  void set_trace(std::string* trace) { trace_ = trace; }
  // Adds a line of the simulation's own.
  void note(std::string_view line);
  bool tracing() const { return trace_ != nullptr; }

  // A signal with a handler: runs `handler` here and now (it may make calls, none of which waits),
  // and interrupts the first task's wait.
  void raise(const std::function<void()>& handler);

  // For how long a fault's state lasts, unless something ends it before.
  static constexpr Time kFaultLasts = 50 * kMicrosecond;

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
  class Pin;
  friend class SimRing;

  // sim_kernel.cc: around every call.
  void enter(bool may_throw = true);  // not for close: destructors call it
  template <typename T>
  SysResult<T> leave(const char* name, int fd, SysResult<T> result);
  void trace_call(const char* name, int fd, int64_t value, int error);
  void end_file(File& file);
  SysResult<Socket*> socket_at(int fd);
  template <typename Attempt>
  auto wait_while_again(File& file, bool blocking, const timeval& timeout, Attempt attempt);
  void begin_turn();

  // fault_hooks.cc: what may go wrong. Each answers the errno that the call is to fail with, or 0
  // if it is to go on, perhaps in a state that was changed.
  struct Disturbance {
    Moment moment;
    fault::Outcome outcome;
    bool lie;  // an errno that no kernel would answer here
  };
  Moment moment_of(fault::Call call, int fd) const;
  Moment moment_of(fault::Call call, int fd, const Socket* socket) const;
  template <typename Look>
  std::optional<Disturbance> disturb(const Look& look);
  void be_late(Time delay);
  int disturb_recv(Socket& socket, fault::Call call, int fd, size_t len, int flags);
  int disturb_send(Socket& socket, fault::Call call, int fd, size_t& len, int flags);
  int disturb_accept(Socket& listener, int fd);
  int disturb_wait(fault::Call call, size_t room, int ready, Batch& batch);
  int disturb_plainly(fault::Call call, int fd, bool registers = false);
  int disturb_shutdown(Socket& socket, int fd);

  // The calls themselves, where they are more than a line.
  SysResult<int> do_accept(int fd, sockaddr* addr, socklen_t* addrlen, int flags);
  SysResult<void> do_connect(int fd, const sockaddr* addr, socklen_t addrlen);
  SysResult<void> do_getsockopt(int fd, int level, int optname, void* optval, socklen_t* optlen);
  SysResult<void> do_setsockopt(int fd, int level, int optname, const void* optval,
                                socklen_t optlen);
  SysResult<size_t> do_recv(fault::Call call, int fd, void* buf, size_t len, int flags);
  SysResult<size_t> do_send(fault::Call call, int fd, const void* buf, size_t len, int flags);
  SysResult<size_t> read_counter(Counter& counter, void* buf, size_t count);
  SysResult<size_t> write_counter(Counter& counter, const void* buf, size_t count);
  SysResult<int> do_fcntl(int fd, int cmd, int arg);
  SysResult<int> do_select(int nfds, fd_set* readfds, fd_set* writefds, fd_set* exceptfds,
                           timeval* timeout);
  SysResult<int> do_poll(pollfd* fds, nfds_t nfds, int timeout_ms);
  SysResult<int> do_epoll_wait(int epfd, epoll_event* events, int maxevents, int timeout_ms);
  SysResult<void> do_epoll_ctl(int epfd, int op, int fd, epoll_event* event);
  SysResult<void> do_nanosleep(const timespec* duration, timespec* remaining);

  int scan(pollfd* fds, nfds_t nfds);
  static int mark_selected(const pollfd& entry, fd_set* readfds, fd_set* writefds,
                           fd_set* exceptfds);
  SysResult<int> wait_for_selected(std::vector<pollfd>& entries, fd_set* readfds, fd_set* writefds,
                                   fd_set* exceptfds, timeval* timeout, const Batch& batch);
  int scan_selected(std::vector<pollfd>& entries, const fd_set* readfds, const fd_set* writefds);
  int keep_some(pollfd* fds, nfds_t nfds, int ready, const Batch& batch);
  Batch draw_batch(int most);
  bool restarts(const timeval& timeout) const;
  Time deadline_of(const timeval& timeout) const;
  Time deadline_ms(int timeout_ms) const;
  // Something got further in this turn.
  void moved_on() { ++progress_; }
  SysResult<size_t> transferred(SysResult<size_t> result, size_t count);
  SysResult<size_t> broken_pipe(int flags);

  SimOptions options_;
  Random random_;
  Scheduler scheduler_;
  Waker waker_;
  Tcp tcp_;
  DescriptorTable descriptors_;
  Pool<Counter> counters_;
  Pool<Epoll> epolls_;
  Pool<Watch> watches_;
  Faults* faults_ = nullptr;
  ProgramObserver* observer_ = nullptr;
  std::string* trace_ = nullptr;
  uint64_t calls_ = 0;
  uint64_t accepted_ = 0;
  uint64_t progress_ = 0;
  bool rested_ = true;
  bool in_handler_ = false;
  std::vector<pollfd> poll_scratch_;
};

}  // namespace eagain::sim

namespace eagain {
using sim::SimKernel;
}  // namespace eagain
