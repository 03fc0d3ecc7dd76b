#include "eagain/runner/spare_slots.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace eagain::runner {

int MakeSpareSlots() { return eventfd(0, EFD_SEMAPHORE | EFD_NONBLOCK); }

bool AdoptSpareSlots(int fd) {
  std::error_code none;
  return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), none) ==
             "anon_inode:[eventfd]" &&
         fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

void AddSpareSlots(int fd, int count) {
  const auto more = static_cast<uint64_t>(count);
  // It fails only where 2^64 are there already.
  static_cast<void>(write(fd, &more, sizeof more));
}

SpareSlots::~SpareSlots() {
  while (taken_ > 0) {
    give_back();
  }
}

bool SpareSlots::take() {
  uint64_t one = 0;
  if (fd_ < 0 || read(fd_, &one, sizeof one) != sizeof one) {
    return false;
  }
  ++taken_;
  return true;
}

void SpareSlots::give_back() {
  if (taken_ > 0) {
    --taken_;
    AddSpareSlots(fd_, 1);
  }
}

}  // namespace eagain::runner
