// Which processes belong to a server: its descendants, and those of them that lost their parent
// and were handed to this process. The latter are told from other children of this process by
// their process group, their session, a mark in the environment that they started with, or by
// having been seen among the descendants before. Orphans that have ended are waited for at the next
// look, as by any init, and so are never zombies of the server. A process that traces the root
// (ptrace(2)) is not part of it, wherever it came from.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace eagain::driver {

// The variable in a server's environment that marks its descendants.
inline constexpr const char* kMarkVariable = "EAGAIN_SERVER_ID";

// Every started server is known here, from its start until its tree is gone. Thread-safe.
void AddRoot(pid_t root, std::string mark);
// The first process was reaped: its number may be given to another from now on.
void MarkReaped(pid_t root);
void RemoveRoot(pid_t root);

}  // namespace eagain::driver
