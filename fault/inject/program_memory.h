// Bytes in the memory of a traced program, by its addresses. See process_vm_readv(2).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "eagain/sys/unique_fd.h"

namespace eagain::fault {

// False unless all of it could be read or written.
bool ReadBytes(pid_t tid, uint64_t address, void* to, size_t size);
// The same of memory that is read often, which takes three quarters of the time. `memory` is opened when it
// is empty; exec ends its use.
bool ReadBytes(UniqueFd& memory, pid_t tid, uint64_t address, void* to, size_t size);
bool WriteBytes(pid_t tid, uint64_t address, const void* from, size_t size);

template <typename T>
std::optional<T> ReadAs(pid_t tid, uint64_t address) {
  T value;
  return ReadBytes(tid, address, &value, sizeof value) ? std::optional<T>(value) : std::nullopt;
}

template <typename T>
std::optional<std::vector<T>> ReadMany(pid_t tid, uint64_t address, size_t count) {
  std::vector<T> values(count);
  return ReadBytes(tid, address, values.data(), count * sizeof(T))
             ? std::optional<std::vector<T>>(std::move(values))
             : std::nullopt;
}

}  // namespace eagain::fault
