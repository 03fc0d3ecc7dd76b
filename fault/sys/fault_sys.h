// FaultSys: any Sys, under a fault plan (eagain/fault/plan/plan.h).
//
//   KernelSys kernel;
//   FaultSys sys(kernel, ParsePlan("send short 1 on client every 3").plan);
//   ... serve through sys ...
//   std::cerr << sys.run().report();
//
// It knows the roles of descriptors by watching them being made, through itself: socket, listen, accept4,
// fcntl, epoll_ctl, close. Each outcome is brought about so that everything seen afterwards agrees with it:
//
//   short N        the call below really moves at most N bytes; the rest is still there.
//   EAGAIN, EINTR, no call is made below, so nothing is lost.
//   EMFILE, ...
//   on an edge-triggered descriptor, EAGAIN, short and ENOBUFS come with an EPOLL_CTL_MOD of the recorded
//                  interest, through the Sys below, so that the next wait reports what is still there. With
//                  EPOLLONESHOT or EPOLLEXCLUSIVE that cannot be done, and the fault is withheld.
//   reset          connect(2) to AF_UNSPEC aborts the connection: the peer gets an RST, and here all is as if
//                  an RST had come: unread bytes are gone; recv says ECONNRESET once, then 0; send says
//                  ECONNRESET once unless recv did, then EPIPE, with SIGPIPE unless MSG_NOSIGNAL; waits report
//                  the descriptor as readable, writable, hung up and in error.
//   ECONNRESET, ETIMEDOUT, EPIPE, ... of a connection: the same, with this errno as the first one said.
//   ECONNABORTED and its like: the pending connection is accepted below and closed with an RST.
//   close          closes, whatever it answers.
//   only N         select, poll: of the ready ones N, chosen by the seed; the others are still ready next
//                  time. epoll_wait: room for N events, and the kernel keeps the others.
//   reordered      the events of epoll_wait, shuffled by the seed.
//   delay          Sys::nanosleep of the Sys below.
//
// A fault that turns out not to make a difference (a short receive of what was short already, one ready
// event reordered, no connection to abort) has not fired: such calls are counted, and not logged.
//
// EINTR wants signal handlers; they are looked up in this process, or where Options says.
//
// Thread-safety: that of the Sys below. Counts are this object's; a forked child goes on with a copy.
#pragma once

#include <functional>
#include <mutex>

#include "eagain/fault/plan/plan_run.h"
#include "eagain/fault/sys/descriptor_table.h"
#include "eagain/fault/sys/forwarding_sys.h"
#include "eagain/fault/sys/signal_handlers.h"

namespace eagain::fault {

class FaultSys final : public ForwardingSys {
 public:
  struct Options {
    PlanRun::Options run;
    std::function<SignalHandlers()> handlers = InstalledSignalHandlers;
  };

  FaultSys(Sys& below, Plan plan, Options options);
  FaultSys(Sys& below, Plan plan) : FaultSys(below, std::move(plan), Options()) {}

  // The log, the counts and the rules that never fired.
  const PlanRun& run() const { return run_; }

  SysResult<int> socket(int domain, int type, int protocol) override;
  SysResult<void> bind(int fd, const sockaddr* addr, socklen_t addrlen) override;
  SysResult<void> listen(int fd, int backlog) override;
  SysResult<int> accept4(int fd, sockaddr* addr, socklen_t* addrlen, int flags) override;
  SysResult<void> shutdown(int fd, int how) override;
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
  SysResult<void> nanosleep(const timespec* duration, timespec* remaining) override;

 private:
  // The event of a call on `fd` (-1: on none), as far as it is known here.
  CallEvent describe(Call call, int fd) const;
  // Asks the plan, and waits for the delay it says.
  std::optional<Fault> decide(const CallEvent& event);

  // A call that the plan can only make late or make fail: `make` is the call below.
  template <typename T, typename Make>
  SysResult<T> plain(const CallEvent& event, Make make);
  // A call that moves bytes: `make(n)` is the call below for n bytes.
  template <typename Make>
  SysResult<size_t> transfer(const CallEvent& event, Make make);
  template <typename Make>
  SysResult<size_t> shortened(const Fault& fault, const CallEvent& event, Make make);
  // A call on a connection that the fault makes dead: `make` is the call below.
  template <typename T, typename Make>
  SysResult<T> on_dead(const Fault& fault, const CallEvent& event, Make make);

  // A wait of select or poll: `keep(n, chance)` clears all but n of what `make` reported.
  template <typename Make, typename Keep>
  SysResult<int> wait(const CallEvent& event, Make make, Keep keep);

  SysResult<int> abort_pending(const Fault& fault, const CallEvent& event, int flags);
  SysResult<int> take(int listener, sockaddr* addr, socklen_t* addrlen, int flags);

  // Makes the connection dead as by an RST; the errno of why that did not work, or 0.
  int reset_connection(int fd);
  // Fails the call with the fault's errno, after having re-armed if that is called for; nothing if that did
  // not work, and then the fault is withdrawn.
  std::optional<SysFailure> fail(const Fault& fault, const CallEvent& event);
  // Re-arms where the fault demands it; false if that did not work, and then it is withdrawn.
  bool rearmed(const Fault& fault, const CallEvent& event);

  PlanRun run_;
  const std::function<SignalHandlers()> handlers_;
  CallSet interruptible_calls_;  // those for which a rule says EINTR
  DescriptorTable table_;
  // Held while the interest in a descriptor is changed or re-armed, so that an older interest never
  // replaces a newer one.
  std::mutex interest_mutex_;
};

}  // namespace eagain::fault
