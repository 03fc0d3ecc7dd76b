// Lockstep: eventfds.
#include <fcntl.h>

#include <cstdint>

#include "lockstep_calls.h"

namespace eagain::differential {

void Lockstep::make_counter(const Operation& operation) {
  const unsigned value = operation.choice % 3;
  const int flags = O_NONBLOCK | O_CLOEXEC | (operation.other % 2);  // EFD_SEMAPHORE is 1
  const int fd =
      same_descriptor(fmt::format("eventfd({}, {:#x})", value, flags),
                      [&](Machine& machine) { return machine.sys.eventfd(value, flags); });
  if (fd >= 0) {
    model_.open(FileModel::Kind::kCounter, fd);
  }
}

void Lockstep::write_counter(const Operation& operation) {
  const int fd = choose(operation.on, &FileModel::is_counter);
  if (const FileModel* file = model_.of(fd); file != nullptr && file->is_socket()) {
    return;  // that is a send
  }
  const uint64_t value = operation.choice % 8 == 0   ? UINT64_MAX - operation.other % 3
                         : operation.choice % 8 == 1 ? 0
                                                     : operation.other;
  same(fmt::format("write({}, &({}ull), 8)", fd, value),
       [&](Machine& machine) { return machine.sys.write(machine.fd(fd), &value, sizeof value); });
}

void Lockstep::read_counter(const Operation& operation) {
  const int fd = choose(operation.on, &FileModel::is_counter);
  if (const FileModel* file = model_.of(fd); file != nullptr && file->is_socket()) {
    return;
  }
  same(fmt::format("read({}, &value, 8)", fd), [&](Machine& machine) {
    uint64_t value = 0;
    const SysResult<size_t> got = machine.sys.read(machine.fd(fd), &value, sizeof value);
    return got.ok() ? Ok(value) : SysResult<uint64_t>(Fail(got.error()));
  });
}

}  // namespace eagain::differential
