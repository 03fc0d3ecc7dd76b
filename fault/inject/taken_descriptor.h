// A descriptor of another process, taken out of it: a second descriptor, in this process, for the
// same open file. See pidfd_open(2), pidfd_getfd(2).
#pragma once

#include <sys/types.h>

#include "eagain/sys/unique_fd.h"

namespace eagain::fault {

// What names a process for the calls below, for as long as it is held; empty, with errno set, when
// there is no such process.
UniqueFd OpenProcess(pid_t pid);

// Empty, with errno set, when it has no such descriptor, or this process may not take it (EPERM: it
// needs what ptrace(2) needs). While it is held, the file stays open though the process closes it.
UniqueFd TakeDescriptor(int process, int fd);

// This process's own descriptor `fd`, to be closed at the end.
UniqueFd Own(int fd);

}  // namespace eagain::fault
