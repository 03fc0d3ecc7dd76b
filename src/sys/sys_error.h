// SysError: a system call failed and whoever made it cannot go on - a port in use, no epoll to be
// had. Errnos that a running server has to expect are branches on a SysResult instead.
//
// what() is a sentence for the user: what failed, on what, and why, the errno by name.
#pragma once

#include <string.h>

#include <stdexcept>
#include <string>

namespace eagain {

// "Address already in use (EADDRINUSE)".
inline std::string DescribeErrno(int errno_value) {
  const char* name = strerrorname_np(errno_value);
  const char* text = strerrordesc_np(errno_value);
  if (name == nullptr || text == nullptr) {
    return "errno " + std::to_string(errno_value);
  }
  return std::string(text) + " (" + name + ")";
}

class SysError : public std::runtime_error {
 public:
  // `what_failed` reads on to the reason: "cannot listen on 127.0.0.1:80".
  SysError(const std::string& what_failed, int errno_value)
      : std::runtime_error(what_failed + ": " + DescribeErrno(errno_value)), errno_(errno_value) {}

  int error() const { return errno_; }

 private:
  int errno_;
};

}  // namespace eagain
