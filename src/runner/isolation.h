// Isolation: what keeps checks that run side by side apart, and lets nothing outlive its check.
//
//   namespace  The worker is the first process of a PID namespace, so its end is the end of
//              everything that it started; and it has a network of its own with nothing but
//              loopback, so that servers with the same built-in port do not meet; and a /proc that
//              shows just this. For an ordinary user, inside a user namespace in which it has the
//              same ids as outside. namespaces(7); not allowed on every machine.
//   process    The worker is watched by a keeper, a child subreaper (prctl(2)), which kills
//              everything that is left when the worker ends. The network is the machine's.
#pragma once

#include <optional>
#include <string>

namespace eagain::runner {

enum class Isolation { kNamespace, kUserNamespace, kProcess };
std::string_view IsolationName(Isolation isolation);  // "namespace" for the first two, "process"

// What the user asked for.
enum class IsolationWish { kAuto, kNamespace, kProcess };

struct IsolationFound {
  Isolation isolation = Isolation::kProcess;
  // Why it is not namespaces, although they were wished for: "mount /proc: Operation not permitted".
  std::optional<std::string> obstacle;
};

// Finds out, by trying, what is allowed on this machine. Takes some milliseconds.
IsolationFound FindIsolation(IsolationWish wish);

// The rest is for whoever makes a worker.

// The flags of clone(2).
unsigned long CloneFlags(Isolation isolation);

// Called in the new process, right after clone(2) with CloneFlags(): maps ids, mounts /proc, brings
// loopback up. `uid` and `gid` are the ids outside. Uses system calls only. Nothing when all went
// well, else what did not.
struct SetupFailure {
  const char* step;
  int error;  // errno
};
std::optional<SetupFailure> SetUpNamespaces(Isolation isolation, unsigned uid, unsigned gid);

}  // namespace eagain::runner
