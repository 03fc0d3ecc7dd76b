// UniqueFd: the one owner of a descriptor. Move-only; closes through the Sys it came from.
#pragma once

#include <utility>

#include "eagain/sys/sys.h"

namespace eagain {

class UniqueFd {
 public:
  UniqueFd() = default;
  // Takes ownership of `fd`, which `sys` made. `sys` outlives this object.
  UniqueFd(Sys& sys, int fd) : sys_(&sys), fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : sys_(other.sys_), fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      sys_ = other.sys_;
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~UniqueFd() { reset(); }

  // The descriptor, still owned here; -1 when empty.
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

  // Gives the descriptor up without closing it.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  // Closes now. What close(2) answers does not matter: the descriptor is gone all the same.
  void reset() {
    if (fd_ >= 0) {
      static_cast<void>(sys_->close(std::exchange(fd_, -1)).ok());
    }
  }

 private:
  Sys* sys_ = nullptr;
  int fd_ = -1;
};

}  // namespace eagain
