#include "eagain/fault/inject/program_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <string>

#include "eagain/fault/inject/own_descriptors.h"
#include "eagain/fault/inject/taken_descriptor.h"

namespace eagain::fault {

bool ReadBytes(pid_t tid, uint64_t address, void* to, size_t size) {
  const iovec local{to, size};
  // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of another process
  const iovec remote{reinterpret_cast<void*>(address), size};
  return ::process_vm_readv(tid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

bool ReadBytes(UniqueFd& memory, pid_t tid, uint64_t address, void* to, size_t size) {
  if (!memory) {
    const std::string path = fmt::format("/proc/{}/mem", tid);
    memory = MoveToTop(Own(::open(path.c_str(), O_RDONLY | O_CLOEXEC)));
  }
  return ::pread(memory.get(), to, size, static_cast<off_t>(address)) == static_cast<ssize_t>(size);
}

bool WriteBytes(pid_t tid, uint64_t address, const void* from, size_t size) {
  const iovec local{const_cast<void*>(from), size};
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  const iovec remote{reinterpret_cast<void*>(address), size};
  return ::process_vm_writev(tid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

}  // namespace eagain::fault
