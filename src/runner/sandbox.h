// Sandbox: what keeps a program that nobody has looked at away from everything but its own folder.
//
// The worker of a check runs inside, and the server below it, as the worker's own child: so all that
// the driver learns from the kernel is of the server itself. bubblewrap (bwrap(1)) makes it, inside
// the worker's network and PID namespaces (isolation.h):
//
//   - no network but loopback; no process outside can be seen, signalled or traced. The worker is
//     process 1 of a PID namespace, to which the kernel delivers no signal from inside, and it is
//     not dumpable (prctl(2)), so that its memory, environment and descriptors are closed to the
//     server, which has the same user.
//   - the file system is the system's programs, read-only; a fresh /tmp and a fresh copy of the
//     submission's folder, both in memory and of limited size. Nothing else is there.
//   - no capability, no new privileges; the user nobody when the harness is run by root.
//   - an environment of a few harmless variables.
//   - limits on the memory of all its processes together, on their number, CPU time and files.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eagain::runner {

struct SandboxLimits {
  uint64_t memory_bytes = uint64_t{2} << 30;  // of all processes; what they share counts once
  uint64_t processes = 2048;  // and threads: one for each client of any check, twice
  uint64_t file_bytes = uint64_t{256} << 20;     // each
  uint64_t scratch_bytes = uint64_t{512} << 20;  // of the folder and of /tmp
  std::chrono::seconds cpu{900};                 // of each process
};

struct Sandbox {
  std::string folder;   // of the submission, outside
  std::string seen_as;  // its path inside, where the program runs
  // Whether what is written there stays: for a build, or because the folder is too large to be
  // copied for every check. Otherwise each worker has a copy of its own.
  bool shared = false;
  std::string worker;  // the program that is the worker: this one, where user nobody can read it
  struct Shown {
    std::string source;  // outside
    std::string path;    // inside
  };
  std::vector<Shown> shown;         // more files, read-only
  std::vector<std::string> hidden;  // files that are to look empty
  SandboxLimits limits;
};

// The command line that runs `verb` of the worker in the sandbox; nothing in it is read by a shell.
std::vector<std::string> SandboxCommand(const Sandbox& sandbox, const std::string& verb);

// User and group that untrusted programs run as when root is who runs the harness.
inline constexpr unsigned kNobody = 65534;

// Called in a new process with no thread but this: gives up the rights of root for good, if they are
// there. False when that is not possible.
bool BecomeNobody();

// What the worker is to do about the sandbox that it is in. Part of a Job.
struct InsideSandbox {
  bool strong = true;     // made by bubblewrap; otherwise it is only the folder and the limits
  std::string folder;     // where to run; empty: stay
  std::string copy_from;  // fill the folder with a copy of this first; empty: it is filled
  SandboxLimits limits;
};
InsideSandbox InsideOf(const Sandbox& sandbox);

// In the worker: closes it to the server, takes on the limits, which the server inherits, and goes to
// the folder. Throws CopyError when the folder cannot be copied.
void SettleIn(const InsideSandbox& inside);

}  // namespace eagain::runner
