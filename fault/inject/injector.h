// The injector: runs any program - in any language, linked statically or not - under a fault plan,
// without a change to it.
//
// How it stands to the program. The process that asks for it *becomes* the program: the pid that a
// caller started is the program's own, and so are its exit status, its signals, its descriptors and
// its statistics. The injector is another process, in a session of its own, that traces it:
//
//   caller
//     `- CMD            the process that was started: `eagain inject PLAN -- CMD`
//          `- ...       whatever it forks: traced as well
//   (elsewhere)
//     `- eagain         the injector: TracerPid in /proc/PID/status of CMD; its child never, its
//                       parent never
//
// So a harness that starts `eagain inject --log FILE PLAN -- CMD` as the command of a server need
// leave nothing out by hand: CPU time, descriptors, threads and memory of the process tree are the
// program's (driver/process_tree.h leaves out a process that traces the root). What cannot be left
// out is that a stop for the tracer is time: at most some microseconds for a call that a rule
// names, nothing for the others. A check that measures speed has no business under a plan that names
// many calls. The injector holds the program's standard error open, for its report, until the
// program has ended.
//
// If the injector ends, however it ends, the kernel kills the program and all that it forked
// (PTRACE_O_EXITKILL). If the first process of the program is killed by SIGKILL, the injector ends
// the rest of it. If it ends otherwise, the injector stays with what it forked until the last has
// ended.
//
// What is intercepted: only the system calls that the plan names, by a seccomp filter, and the few
// that tell descriptors apart: accept, listen, EPOLL_CTL_ADD, sigaction, io_uring_setup (stops.h).
// Everything else runs at full speed. What happens to a call is decided by PlanRun (fault/plan/plan_run.h), and
// carried out like this:
//   short     the length is another one while the call runs, and is put back before the program
//             goes on. Of a vector (readv, writev, recvmsg, sendmsg) the first buffer with a byte of
//             room is used, by the call of one buffer; the program's vector is never written to.
//   an errno  the call is skipped, and says so
//   reset     the connection is really reset
//   ECONNABORTED and the like: the connection is really accepted, reset and closed
//             Both are in the log before the peer can see them.
//   delay     the thread waits; no other does
// Sockets only: a file, a pipe or a terminal is never touched. A descriptor is known by what is
// behind it (SO_COOKIE), not by its number, so that dup, fork, threads and descriptors sent over
// UNIX sockets are no matter.
//
// What it does not reach, and says so in the log (kNote): sendfile, splice, sendmmsg, recvmmsg;
// io_uring with SQPOLL, without mmap, of registered files, and multishot once it is begun; calls made
// as another architecture (int 0x80). A program with CLONE_UNTRACED children, or that is a tracer
// itself, does not work under it.
//
// See ptrace(2), seccomp(2), pidfd_getfd(2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eagain/fault/plan/plan.h"
#include "eagain/fault/plan/plan_run.h"

namespace eagain::fault {

struct InjectOptions {
  Plan plan;
  PlanRun::Options run;
  // Fires nothing, and logs every call that the plan names; without rules, every call of call.h.
  bool observe = false;
  std::string log;  // where injection_log.h's lines go; empty: nowhere. "/dev/fd/3" is fine
  // Takes the log's name away before the program begins, so that it can write nothing into it: who
  // reads it has opened it before.
  bool unlink_log = false;
  bool report =
      true;  // on standard error, at the end: rules that never fired, what was not reached
};

// Why no program can be run under a plan here - a security module, a sandbox, a tracer that was
// there first - in one line for a person; nothing when it can. It tries it out, once per process.
// Async-signal-unsafe; may fork.
std::optional<std::string> WhyNotPermitted();

// What went wrong before the program could start.
struct InjectFailure {
  enum class Kind { kNotPermitted, kNoSuchCommand, kLog };
  Kind kind = Kind::kNotPermitted;
  std::string message;  // one line, without a newline
};

// Replaces this process by the command, under injection, as execvp(3) would. Returns only if that
// failed. The calling process has one thread, and no children that it still waits for.
InjectFailure ExecUnderInjection(const std::vector<std::string>& argv,
                                 const InjectOptions& options);

}  // namespace eagain::fault
