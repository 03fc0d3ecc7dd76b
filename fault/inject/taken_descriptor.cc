#include "eagain/fault/inject/taken_descriptor.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "eagain/sys/kernel_sys.h"

namespace eagain::fault {

UniqueFd Own(int fd) {
  static KernelSys kernel;
  return fd < 0 ? UniqueFd() : UniqueFd(kernel, fd);
}

UniqueFd OpenProcess(pid_t pid) { return Own(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

UniqueFd TakeDescriptor(int process, int fd) {
  return Own(static_cast<int>(::syscall(SYS_pidfd_getfd, process, fd, 0)));
}

}  // namespace eagain::fault
