// Patience: when to stop waiting for a server, without a fixed time that a loaded machine makes
// wrong.
//
// Deadlines are counted in *fair time*: time that passed while nothing kept the server from
// running. The process tree is sampled every few milliseconds; an interval counts only if no thread
// of the tree, or of who traces it, was runnable without getting a CPU (schedstat), none was in disk
// sleep, the tree was not frozen, and this harness itself came to run in time. So a server that is
// starved by its neighbours loses nothing, and one that sleeps while a client waits is found soon.
//
// A wait ends in a stall when
//   - nothing at all moved (no byte, connection or end on any peer) for `quiet` of fair time while
//   the server
//     slept, or for `busy` of fair time while it used the CPU; or
//   - what is waited for did not move for `unfair` of fair time, although other clients were
//   served.
// All three are multiplied by `scale`.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace eagain::driver {

namespace asio = boost::asio;
using Milliseconds = std::chrono::milliseconds;

class ServerProcess;

struct PatienceLimits {
  Milliseconds quiet{1500};
  Milliseconds busy{5000};
  Milliseconds unfair{10000};
  double scale = 1.0;  // Calibrate() times --timeout-scale
  // Servers of this command were seen to spin: settled() is as quick as it is of one that did so
  // before.
  bool restless = false;
};

// How much slower this machine is now than the one that the limits were chosen on; at least 1.
// Takes some tens of milliseconds: wake-ups and round trips over loopback.
double Calibrate();

class Patience {
 public:
  Patience(asio::io_context& io, const PatienceLimits& limits);
  ~Patience();
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

  // The process tree to observe from now on; nullptr when none runs (then wall time counts).
  void observe(ServerProcess* server);

  // Something moved: a byte, a connection, an end. Every Peer calls it.
  void progress();

  // One thing waited for. While it lives, the clock runs for it; when it stalls, `on_stall` is
  // called once, from the io_context, and stalled() is true from then on.
  class Wait {
   public:
    // `in_transit`, when given, is asked before the wait is given up: true when the kernel itself
    // still has to deliver something (a lost segment that it will send again), so that the server
    // is not to blame. The clocks of this wait then start anew, for at most a minute in all.
    Wait(Patience& patience, std::function<void()> on_stall,
         std::function<bool()> in_transit = nullptr);
    // With limits of its own, in the place of those of `patience`; their scale is not looked at.
    Wait(Patience& patience, const PatienceLimits& limits, std::function<void()> on_stall);
    ~Wait();
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    void moved();  // what is waited for moved; implies progress()
    bool stalled() const;
    // Why it was given up, as evidence: "nothing moved for 1.5 s; the server sleeps in recvfrom(4);
    // 1 connection waits to be accepted", or "the server used 5.0 s of CPU and served nobody".
    std::string why() const;

   private:
    struct State;
    std::shared_ptr<State> state_;
    friend class Patience;
  };

  // Waits until `condition` holds, looked at every few milliseconds; false when patience ended
  // first. progress() by anybody else prolongs it up to the `unfair` limit. `why`, when given, is
  // set as Wait::why() is.
  asio::awaitable<bool> until(std::function<bool()> condition, std::string* why = nullptr);
  // The same with limits of its own, in the place of these; their scale is not looked at.
  asio::awaitable<bool> until_within(PatienceLimits limits, std::function<bool()> condition,
                                     std::string* why = nullptr);

  // Waits until the server has nothing left to do: all its threads sleep, over several samples in a
  // row, and nothing moved between them. A server that only ticks on a timer counts as settled.
  // False when it never settles: it spins. Of one that did so before, a twentieth of the time is
  // enough to say it again.
  asio::awaitable<bool> settled();
  // Whether the server that is observed did not settle once, or is known for it (PatienceLimits).
  bool restless() const;

  // Lets `window` of fair time pass. Throws HarnessError when it will not: in a hundred times the
  // window the machine gave the server no CPU.
  asio::awaitable<void> pass(Milliseconds window);

  // What to add to the report of a connection that ended: "; the server has ended: killed by
  // SIGSEGV (signal 11)", or nothing when its first process still runs a moment later.
  asio::awaitable<std::string> obituary();

  // Fair time since construction. It runs only while something is waited for, and it is brought up
  // to date some 40 times a second.
  std::chrono::nanoseconds fair_time() const;
  const PatienceLimits& limits() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace eagain::driver
