// Stopping and ending a whole process tree for certain, though it forks meanwhile.
#pragma once

#include <sys/types.h>

#include <vector>

namespace eagain::driver {

// SIGSTOP to every process of the tree, until each thread of each is stopped and no new process has
// come. Throws HarnessError when that does not happen within 30 s. Answers who was stopped.
std::vector<pid_t> FreezeTree(pid_t root);
void ThawTree(pid_t root);

// SIGKILL to every process of the tree until all are gone; the orphans are reaped, the root is left
// as a zombie if it is this process's child. Returns after 30 s at the latest (a process in disk
// sleep cannot be ended).
void KillTree(pid_t root);

}  // namespace eagain::driver
